"""Idempotency-Key: a creating POST that is sent twice has one effect and gets the same answer."""

import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy import LargeBinary, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column
from starlette.responses import Response

from shared import clock
from shared.auth.access import actions_of, authenticate, authorize, bearer
from shared.auth.principals import Principal
from shared.db import Infrastructure, RequestSession, Session
from shared.errors import BadRequest, Conflict, DomainError, InvalidInput, Text
from shared.schemas import ShownOnce
from shared.sealing import SealBroken, Sealer

REPEATED_HEADERS = ("etag", "location", "content-type", "content-language")


class IdempotencyKeyMissing(BadRequest):
    """A creating request carries no Idempotency-Key."""

    title = Text("缺少 Idempotency-Key", "Idempotency-Key is missing")
    remedy = Text(
        "请为每次新建操作生成一个唯一值(如 UUID)放入 Idempotency-Key,重试时使用同一个值。",
        "Send a fresh unique value (a UUID) as Idempotency-Key, and the same value when you retry.",
    )


class IdempotencyKeyReused(InvalidInput):
    """The key was used before for another request."""

    title = Text("Idempotency-Key 已用于其他内容", "The Idempotency-Key was used for another request")
    remedy = Text("内容不同的请求请使用新的 Idempotency-Key。", "Use a new Idempotency-Key for a request that differs.")


class StillRunning(Conflict):
    """The first request with this key is not finished."""

    title = Text("相同请求正在处理", "The same request is still being worked on")
    remedy = Text("请稍候,用同一个 Idempotency-Key 重试。", "Wait a moment and retry with the same Idempotency-Key.")


class IdempotencyKey(Infrastructure):
    """A remembered answer; the body is sealed, for it may hold what only its caller may see."""

    __tablename__ = "idempotency_keys"

    subject: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)


class AnswerUnreadable(Conflict):
    """The request was carried out before, and its answer was sealed with a secret key that is no longer set."""

    title = Text("该请求已处理,原答复无法再次读取", "It was done before, and its answer cannot be read again")
    remedy = Text("请查询结果,不要重复提交。", "Look for the result; do not send it again.")


@dataclass
class _Pending:
    session: Session
    sealer: Sealer
    subject: str
    key: str
    fingerprint: str

    async def store(self, response: Response, *, without: Mapping[str, Text]) -> None:
        body = withhold(bytes(response.body), without)
        sealed = self.sealer.seal(body, purpose=answer_purpose(self.subject, self.key))
        self.session.add(
            IdempotencyKey(
                subject=self.subject,
                key=self.key,
                fingerprint=self.fingerprint,
                status=response.status_code,
                headers={name: value for name, value in response.headers.items() if name in REPEATED_HEADERS},
                body=sealed.encode("ascii"),
            )
        )
        await self.session.flush()


class _Replay(Exception):
    def __init__(self, known: IdempotencyKey, sealer: Sealer) -> None:
        try:
            body = sealer.open(known.body.decode("ascii"), purpose=answer_purpose(known.subject, known.key))
        except SealBroken:
            raise AnswerUnreadable(pointer="header/Idempotency-Key") from None
        self.body, self.known = body, known

    def answer(self, *, without: Mapping[str, Text]) -> Response:
        known = self.known
        # Once more, for an answer that was stored before a field of it became one that is shown once.
        body, headers = withhold(self.body, without), {**known.headers, "Idempotency-Replayed": "true"}
        return Response(body, known.status, headers=headers)


_verdict: ContextVar[Exception | None] = ContextVar("verdict", default=None)
"""What a repeated request is answered, once everything else has let it through."""


def answer_purpose(subject: str, key: str) -> str:
    """Return for what an answer is sealed: it opens for this caller and key alone."""
    return f"answer {subject} {key}"


async def remember_answer(
    request: Request,
    session: RequestSession,
    principal: Annotated[Principal, Depends(authenticate)],
    idempotency_key: Annotated[
        str | None, Header(min_length=8, max_length=100, pattern=r"^[\x21-\x7e]+$", description="A fresh unique value")
    ] = None,
) -> None:
    """
    Answer a repeated request as the first time; the dependency of every creating POST on an :class:`IdempotentRoute`.

    The answer waits until every other dependency has let the request through: who may not do it now is refused, even
    if the first request was let through.

    Who may not do it by the role hears so first: neither the key nor an answer of an earlier role is looked at before.

    :raises NotAllowed: if the route asks for what the caller's role does not include
    :raises IdempotencyKeyMissing: without the header
    """
    _authorize_all(principal, actions_of(request.scope["route"].dependant), request)
    if idempotency_key is None:
        raise IdempotencyKeyMissing(pointer="header/Idempotency-Key")
    try:
        await _look_up(request, session, principal, idempotency_key)
    except (_Replay, DomainError) as verdict:
        _verdict.set(verdict)


async def _look_up(request: Request, session: Session, principal: Principal, idempotency_key: str) -> None:
    """
    Note a first request, whose answer is to be remembered.

    :raises _Replay: if it was answered before
    :raises IdempotencyKeyReused: if the key was used for another request
    :raises StillRunning: while the first request runs
    :raises AnswerUnreadable: if the platform's secret key was changed since
    """
    lock = func.pg_try_advisory_xact_lock(func.hashtextextended(f"{principal.signature} {idempotency_key}", 0))
    if not (await session.execute(select(lock))).scalar_one():
        raise StillRunning
    body_hash = getattr(request.state, "body_hash", "")
    # Who has another role or place by now is not shown what the former one was answered.
    caller = f"{principal.role} {principal.division} {principal.organization_id}"
    fingerprint = f"{request.method} {request.url.path}?{request.url.query} {body_hash} {caller}"
    sealer = request.app.state.common.sealer()
    known = await session.get(IdempotencyKey, (principal.signature, idempotency_key))
    if known is None:
        request.state.idempotency = _Pending(session, sealer, principal.signature, idempotency_key, fingerprint)
    elif known.fingerprint != fingerprint:
        raise IdempotencyKeyReused(pointer="header/Idempotency-Key")
    else:
        raise _Replay(known, sealer)


def _authorize_all(principal: Principal, actions: Iterable[str], request: Request) -> None:
    for action in actions:
        authorize(principal, action, request.app.state.permissions)


def fields_shown_once(model: Any) -> dict[str, Text]:
    """Return the fields of a schema that are marked :class:`ShownOnce`, with how to get a new value of each."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return {}
    marked = ((name, mark) for name, field in model.model_fields.items() for mark in field.metadata)
    return {name: mark.instead for name, mark in marked if isinstance(mark, ShownOnce)}


def withhold(body: bytes, shown_once: Mapping[str, Text]) -> bytes:
    """Return the JSON of an answer without the secrets that are shown once, and with how to get new ones instead."""
    if not shown_once:
        return body
    document = {name: value for name, value in json.loads(body).items() if name not in shown_once}
    told = shown_once.values()
    document["secret_withheld"] = {"zh-CN": "".join(text.zh for text in told), "en": " ".join(text.en for text in told)}
    return json.dumps(document, ensure_ascii=False).encode()


class IdempotentRoute(APIRoute):
    """
    Asks who calls before a body is read, and remembers the built answer of a creating request.

    The answer is stored in the request's own transaction, before it commits, without what is shown once.
    """

    def __init__(self, path: str, endpoint: Callable[..., Awaitable[Any]], **options: Any) -> None:
        super().__init__(path, _unless_answered(endpoint), **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler; it runs while the session of the request is still open."""
        handle = super().get_route_handler()
        shown_once = fields_shown_once(self.response_model)

        async def remember(request: Request) -> Response:
            _verdict.set(None)
            if self.body_field is not None and (asked := actions_of(self.dependant)):
                # FastAPI reads the body before it solves any dependency: nobody unknown is waited for.
                _authorize_all(await authenticate(request, await bearer(request)), asked, request)
            try:
                response = await handle(request)
            except _Replay as replay:
                response = replay.answer(without=shown_once)
            else:
                pending: _Pending | None = getattr(request.state, "idempotency", None)
                if pending:
                    await pending.store(response, without=shown_once)
            if shown_once:
                response.headers["Cache-Control"] = "no-store"
            return response

        return remember


def _unless_answered(endpoint: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Return the endpoint of a route, which begins when every dependency is solved and is left out for a repeat."""

    @wraps(endpoint)
    async def answer(*given: Any, **named: Any) -> Any:
        if verdict := _verdict.get():
            raise verdict
        return await endpoint(*given, **named)

    return answer


async def forget_old_answers(session: Session, *, keep_days: int = 2) -> int:
    """Delete the answers that are older and return how many."""
    old = delete(IdempotencyKey).where(IdempotencyKey.created_at < clock.now() - timedelta(days=keep_days))
    return int((await session.execute(old)).rowcount)  # type: ignore[attr-defined]


RememberAnswer = Depends(remember_answer)
