"""RFC 9457 problem documents, made from domain errors at the edge and nowhere else."""

import logging
import re
import socket
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared.errors import (
    BadRequest,
    Conflict,
    DomainError,
    Forbidden,
    InvalidInput,
    NotFound,
    Text,
    Unauthenticated,
    Unavailable,
)
from shared.validation_texts import describe

MEDIA_TYPE = "application/problem+json"
MEANWHILE = {"40001", "40P01", "55P03", "23503", "23505", "23P01"}
"""SQLSTATEs of a race that somebody else won: serialization, deadlock, lock, keys that no repository foresaw."""
REFUSED = "42501"
"""The SQLSTATE of a row that row-level security does not let in."""
AWAY = {"08", "28", "3D", "53", "57"}
"""SQLSTATE classes of a database that cannot be reached or does not let us in."""
logger = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """One field at fault; the rejected value is never repeated."""

    pointer: str = Field(description="JSON pointer into the body, or `query/…`, `path/…`, `header/…`")
    code: str = Field(description="What is wrong, as a stable code")
    detail: str = Field(description="What is wrong and what to do, in the caller's language")


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str = Field(description="A path that describes this kind of problem: `/<service>/problems/<slug>`")
    title: str
    status: int
    detail: str = Field(description="What to do about it")
    instance: str | None = Field(default=None, description="The request id, for the operators")
    errors: list[FieldProblem] = []
    resync: str | None = Field(
        default=None, description="Of a feed whose cursor has expired: where to take the cursor to start again with"
    )


class UnreadableBody(BadRequest):
    """The body is not JSON."""

    title = Text("请求内容无法读取", "The body cannot be read")
    remedy = Text("请发送 UTF-8 编码的 JSON。", "Send JSON in UTF-8.")


class InvalidRequest(InvalidInput):
    """Fields of the request are missing or wrong."""

    title = Text("请求中有字段不符合要求", "Fields of the request are not valid")
    remedy = Text(
        "请按 errors 中所列字段逐一改正后重新提交。", "Correct the fields listed in errors and send it again."
    )


class UnstorableText(InvalidInput):
    """A text holds characters that cannot be stored, or a number is out of range."""

    title = Text(
        "内容中有无法保存的字符或超出范围的数值", "The content holds characters or numbers that cannot be stored"
    )
    remedy = Text(
        "请去掉不可见的控制字符,并检查数值范围。", "Remove control characters and check the ranges of numbers."
    )


class NoSuchPage(NotFound):
    """There is nothing at this address."""

    title = Text("没有这个地址", "There is nothing at this address")
    remedy = Text("请对照接口文档检查路径。", "Check the path against the API document.")


class MethodNotAllowed(BadRequest):
    """The address does not take the method of the request."""

    status = 405
    title = Text("该地址不支持此方法", "This address does not take this method")
    remedy = Text("请对照接口文档选用方法。", "Choose a method that the API document names.")


class ChangedMeanwhile(Conflict):
    """Somebody else changed the same thing at the same moment."""

    title = Text("数据刚被他人修改", "It was changed by somebody else at this moment")
    remedy = Text("请重新读取后再提交。", "Read it again and repeat the change.")


class RowOutOfScope(Forbidden):
    """The database refuses to store a row that lies outside the caller's scope."""

    title = Text("数据超出管辖范围", "The data lies outside your scope")
    remedy = Text(
        "请只填报或修改本单位管辖范围内、本机构名下的数据。",
        "Enter and change only what lies within your office's scope, or belongs to your own organization.",
    )


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""

    title = Text("服务暂时不可用", "The service is not available for a moment")
    remedy = Text("请稍后重试,已提交的内容不会丢失。", "Try again in a moment; nothing acknowledged is lost.")


class ServiceUnreachable(Unavailable):
    """The service does not answer the gateway (502, 503 or 504), which says so in its stead."""

    status = 502
    title = Text("服务暂时无法连接", "The service cannot be reached")
    remedy = Text(
        "请稍后重试;写入请求请用同一 Idempotency-Key。",
        "Try again in a moment; repeat a write with the same Idempotency-Key.",
    )


class InternalError(DomainError):
    """Something that nobody foresaw."""

    status = 500
    title = Text("服务内部错误", "Internal error")
    remedy = Text(
        "请稍后重试;如仍出现,请把 instance 提供给运维人员。", "Try again; if it stays, give instance to the operators."
    )


def language_of(request: Request) -> str:
    """Return ``en`` where the caller wants English more than Chinese, else ``zh`` (RFC 9110 section 12.5.4)."""
    wanted = {"en": 0.0, "zh": 0.0}
    for position, part in enumerate(request.headers.get("accept-language", "").lower().split(",")[:20]):
        asked = re.fullmatch(r"\s*(en|zh)(?:-[a-z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?))?\s*", part)
        if asked:
            # The one named first wins among equals.
            weight = float(asked[2] or 1) - position / 100_000
            wanted[asked[1]] = max(wanted[asked[1]], weight)
    return "en" if wanted["en"] > wanted["zh"] else "zh"


def render(request: Request, error: DomainError, errors: list[FieldProblem] | None = None) -> Response:
    """Return the problem document of an error, in the caller's language."""
    language = language_of(request)
    request.state.problem, request.state.refused_object = error.slug(), error.object_id  # for the audit log
    detail = error.text("remedy", language)
    if error.pointer and not errors:
        errors = [FieldProblem(pointer=error.pointer, code=error.slug(), detail=detail)]
    document = Problem(
        type=f"/{request.app.state.service}/problems/{error.slug()}",
        title=error.text("title", language),
        status=error.status,
        detail=detail,
        instance=getattr(request.state, "request_id", None),
        errors=errors or [],
        resync=error.facts.get("resync"),
    )
    headers = {"Content-Language": "en" if language == "en" else "zh-CN", "Cache-Control": "no-store"}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = error.challenge
    if error.status in {429, 503}:
        headers["Retry-After"] = str(error.facts.get("retry_after", 2))
    return JSONResponse(
        document.model_dump(exclude_none=True), status_code=error.status, media_type=MEDIA_TYPE, headers=headers
    )


def _pointer(location: tuple[Any, ...]) -> str:
    source, *rest = [str(part).replace("~", "~0").replace("/", "~1") for part in location]
    return "/" + "/".join(rest) if source == "body" else "/".join([source, *rest])


async def _on_invalid(request: Request, error: Exception) -> Response:
    details = error.errors() if isinstance(error, RequestValidationError) else []
    if any(detail["type"] == "json_invalid" for detail in details):
        return render(request, UnreadableBody())
    language = language_of(request)
    fields = [
        FieldProblem(pointer=_pointer(detail["loc"]), code=detail["type"], detail=describe(detail, language))
        for detail in details
    ]
    return render(request, InvalidRequest(), fields)


async def _on_domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101
    return render(request, error)


async def _on_http_error(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    known: dict[int, DomainError] = {404: NoSuchPage(), 405: MethodNotAllowed(), 400: UnreadableBody()}
    response = render(request, known.get(status, InternalError()))
    response.headers.update(getattr(error, "headers", None) or {})
    return response


async def _on_database_error(request: Request, error: Exception) -> Response:
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None) or ""
    if state.startswith("22") or (not state and "DataError" in repr(cause)):
        return render(request, UnstorableText())
    if state in MEANWHILE:
        return render(request, ChangedMeanwhile())
    if state == REFUSED:
        # The first line, the repository's filter, should have refused it: somebody ought to look.
        logger.error("refused by row-level security", extra={"kind": type(error).__name__})
        return render(request, RowOutOfScope())
    if isinstance(error, (OperationalError, InterfaceError)) or state[:2] in AWAY or not state:
        logger.warning("the database does not answer", extra={"kind": type(error).__name__, "sqlstate": state})
        return render(request, DatabaseUnavailable())
    return await _on_unforeseen(request, error)


async def _on_connection_error(request: Request, error: Exception) -> Response:
    logger.warning("the database does not answer", extra={"kind": type(error).__name__})
    return render(request, DatabaseUnavailable())


async def _on_stale(request: Request, _error: Exception) -> Response:
    return render(request, ChangedMeanwhile())


async def _on_unforeseen(request: Request, error: Exception) -> Response:
    # The exception's text may hold personal data of the request: only its kind and place are logged.
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    logger.error("unforeseen error", extra={"kind": type(error).__name__, "where": where})
    return render(request, InternalError())


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem document."""
    app.add_exception_handler(DomainError, _on_domain_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_error)
    # enqueue() speaks to asyncpg beside SQLAlchemy, whose errors then come as they are.
    for kind in (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError):
        app.add_exception_handler(kind, _on_database_error)
    app.add_exception_handler(StaleDataError, _on_stale)
    for kind in (ConnectionError, socket.gaierror, TimeoutError, PoolExhausted):
        app.add_exception_handler(kind, _on_connection_error)
    app.add_exception_handler(Exception, _on_unforeseen)
