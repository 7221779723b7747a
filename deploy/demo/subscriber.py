"""A subscriber as a partner would write one: it takes webhooks, verifies every signature, and keeps a record."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.private_files import append_privately


class _Server(uvicorn.Server):
    """A server inside a program that answers signals itself."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Subscriber:
    """
    A small HTTP server on ``host:port``.

    The ids of verified deliveries are appended to ``record``, so that a repeated delivery counts once, also after a
    restart.
    """

    def __init__(self, *, host: str, port: int, record: Path) -> None:
        self._host, self._port, self._record = host, port, record
        self._secrets: dict[str, str] = {}
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        self.events = {entry["id"]: entry["type"] for entry in map(json.loads, lines)}
        self.refused = 0
        app = Starlette(routes=[Route("/{name}", self._take, methods=["POST"])])
        config = uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, lifespan="off")
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    def trust(self, name: str, secret: str) -> None:
        """Verify what arrives under ``/name`` with this secret."""
        self._secrets[name] = secret

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, and return when the server takes requests."""
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            if self._task.done():
                await self._task
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Finish what is being taken and stop listening."""
        self._server.should_exit = True
        if self._task:
            await self._task

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        secret = self._secrets.get(request.path_params["name"])
        if secret is None:
            return Response(status_code=404)
        try:
            event = Webhook(secret).verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.refused += 1
            return Response(status_code=400)
        identity = f"{request.path_params['name']} {request.headers['webhook-id']}"
        if identity not in self.events:
            self.events[identity] = event["type"]
            with append_privately(self._record) as stream:
                stream.write(json.dumps({"id": identity, "type": event["type"]}).encode() + b"\n")
        # A ping that asks for consent is answered by what it holds; this needs no more than the verified signature.
        challenge = event["data"].get("challenge")
        return JSONResponse({"challenge": challenge}) if challenge else Response(status_code=204)
