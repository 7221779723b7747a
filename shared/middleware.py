"""What every request passes: its id, its log line, the limit on its body, and the answer to the unforeseen."""

import hashlib
import logging
import re
import time
from collections.abc import Collection

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.db import new_id
from shared.errors import PayloadTooLarge, Text
from shared.logs import describe_failure, request_id
from shared.privacy import contains_personal_data
from shared.problems import InternalError, render

logger = logging.getLogger("shared.access")
OVERRIDABLE = {"PATCH", "PUT", "DELETE"}


class BodyTooLarge(PayloadTooLarge):
    """The body is larger than is taken."""

    title = Text("请求内容过大", "The body is too large")
    remedy = Text("请控制在 {limit} 字节以内,或分批提交。", "Keep it below {limit} bytes, or send it in parts.")


class AnswerBroken(Exception):
    """An answer broke off after it had begun; the message names the kind of the cause and nothing of its text."""


class RequestContext:
    """Gives the request its id, logs one line about it, and answers a problem document if nothing else could."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        given = request.headers.get("x-request-id", "")
        _override_method(scope, request.headers.get("x-http-method-override", ""))
        # It is logged: one that reads as a telephone number or the like is replaced.
        usable = re.fullmatch(r"[A-Za-z0-9._-]{8,64}", given) and not contains_personal_data(given)
        identity = given if usable else str(new_id())
        request.state.request_id = identity
        token = request_id.set(identity)
        began, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", identity.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            # The text of the exception may hold personal data of the request: its kind and place are enough.
            logger.error("unforeseen error", extra=describe_failure(error))
            if status:
                # The server would log the text of the cause.
                raise AnswerBroken(type(error).__name__) from None
            await render(request, InternalError())(scope, receive, send_with_id)
        finally:
            principal = getattr(request.state, "principal", None)
            client = principal.asking_client if principal else getattr(request.state, "token_given_to", None)
            acting_for = principal.subject if principal and principal.acting_by else None
            logger.info(
                "request",
                extra={
                    "method": request.method,
                    "route": getattr(scope.get("route"), "path", None),
                    "status": status,
                    "milliseconds": round((time.perf_counter() - began) * 1000, 1),
                    "client": client,
                    "acting_for": acting_for or getattr(request.state, "token_acts_for", None),
                },
            )
            request_id.reset(token)


def _override_method(scope: Scope, wanted: str) -> None:
    """Let a POST stand for another method, for gateways that pass GET and POST only."""
    if scope["method"] == "POST" and wanted.upper() in OVERRIDABLE:
        scope["method"] = wanted.upper()


class BodyLimit:
    """
    Refuses a body over the limit while it arrives, and notes the hash of the body for Idempotency-Key.

    The address decides which limit holds: a caller's Content-Type would let anything pass as an upload.
    """

    def __init__(
        self, app: ASGIApp, *, most_bytes: int, most_upload_bytes: int, upload_paths: Collection[str] = ()
    ) -> None:
        self._app = app
        self._most, self._most_upload, self._upload_paths = most_bytes, most_upload_bytes, upload_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on while its body stays within the limit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        content_type = request.headers.get("content-type", "")
        is_upload = scope["method"] == "POST" and scope["path"] in self._upload_paths
        limit = self._most_upload if is_upload else self._most
        declared = request.headers.get("content-length", "")
        if re.fullmatch("[0-9]{1,18}", declared) and int(declared) > limit:
            await render(request, BodyTooLarge(limit=limit))(scope, receive, send)
            return
        body_hash, began, refused = BodyHash(content_type), False, False

        async def receive_within_limit() -> Message:
            nonlocal refused
            message = await receive()
            if message["type"] == "http.request":
                body_hash.update(message.get("body", b""))
                if body_hash.size > limit:
                    refused = True
                    raise BodyTooLarge(limit=limit)
                if not message.get("more_body", False):
                    request.state.body_hash = body_hash.finish()
            return message

        async def send_unless_refused(message: Message) -> None:
            nonlocal began
            # FastAPI turns an error raised while it reads the body into a 400; the 413 takes its place.
            if refused and not began:
                return
            began = True
            await send(message)

        try:
            await self._app(scope, receive_within_limit, send_unless_refused)
        except BodyTooLarge:
            if began:
                raise
        if refused and not began:
            await render(request, BodyTooLarge(limit=limit))(scope, receive, send)


class BodyHash:
    """
    The SHA-256 of a body that arrives in parts.

    The boundary of a multipart body is left out: clients choose a new one each time they send the same file again.
    """

    def __init__(self, content_type: str) -> None:
        named = re.search(r'boundary="?([^";,]+)', content_type)
        self._boundary = named[1].encode("latin-1") if named else b""
        self._digest = hashlib.sha256()
        self._held = b""
        self.size = 0

    def update(self, part: bytes) -> None:
        """Take the next part."""
        self.size += len(part)
        if self._boundary:
            part = (self._held + part).replace(self._boundary, b"")
            kept = len(part) - min(len(part), len(self._boundary) - 1)
            part, self._held = part[:kept], part[kept:]
        self._digest.update(part)

    def finish(self) -> str:
        """Return the hash of the whole body in hexadecimal."""
        self._digest.update(self._held)
        return self._digest.hexdigest()
