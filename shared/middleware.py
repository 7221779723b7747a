"""What every request passes: its id, its log line, the limit on its body, and the answer to the unforeseen."""

import hashlib
import logging
import re
import time
import traceback

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.db import new_id
from shared.errors import PayloadTooLarge, Text
from shared.logs import request_id
from shared.problems import InternalError, render

logger = logging.getLogger("shared.access")


class BodyTooLarge(PayloadTooLarge):
    """The body is larger than is taken."""

    title = Text("请求内容过大", "The body is too large")
    remedy = Text("请控制在 {limit} 字节以内,或分批提交。", "Keep it below {limit} bytes, or send it in parts.")


class RequestContext:
    """Gives the request its id, logs one line about it, and answers a problem document if nothing else could."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        given = request.headers.get("x-request-id", "")
        identity = given if re.fullmatch(r"[A-Za-z0-9._-]{8,64}", given) else str(new_id())
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
            frames = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
            ]
            logger.error("unforeseen error", extra={"kind": type(error).__name__, "frames": frames[-8:]})
            if status:
                raise
            await render(request, InternalError())(scope, receive, send_with_id)
        finally:
            principal = getattr(request.state, "principal", None)
            logger.info(
                "request",
                extra={
                    "method": request.method,
                    "route": getattr(scope.get("route"), "path", None),
                    "status": status,
                    "milliseconds": round((time.perf_counter() - began) * 1000, 1),
                    "client": principal.subject if principal else None,
                },
            )
            request_id.reset(token)


class BodyLimit:
    """Refuses a body over the limit while it arrives, and notes the hash of the body for Idempotency-Key."""

    def __init__(self, app: ASGIApp, *, most_bytes: int, most_upload_bytes: int) -> None:
        self._app = app
        self._most, self._most_upload = most_bytes, most_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        upload = request.headers.get("content-type", "").startswith("multipart/form-data")
        limit = self._most_upload if upload else self._most
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            await render(request, BodyTooLarge(limit=limit))(scope, receive, send)
            return
        seen, digest = 0, hashlib.sha256()

        async def receive_within_limit() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > limit:
                    raise BodyTooLarge(limit=limit)
                digest.update(message.get("body", b""))
                request.state.body_hash = digest.hexdigest()
            return message

        await self._app(scope, receive_within_limit, send)
