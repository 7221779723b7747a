"""Three services on one port: the first part of a path names the service."""

from collections.abc import Mapping
from contextlib import AsyncExitStack

from fastapi import FastAPI
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class Dispatcher:
    """One ASGI application out of several: the first part of the path names the service, and nothing is rewritten."""

    def __init__(self, apps: Mapping[str, FastAPI], *, otherwise: str, front_page: str = "") -> None:
        self._apps, self._otherwise, self._front_page = apps, otherwise, front_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to its service; ``/`` lists them, and one answers for what belongs to none."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["path"] == "/" and scope.get("method") in {"GET", "HEAD"}:
            await HTMLResponse(self._front_page)(scope, receive, send)
            return
        # OPTIONS * names no path at all: the same one answers that too.
        first = scope["path"].removeprefix("/").split("/", 1)[0]
        app: ASGIApp = self._apps.get(first, self._apps[self._otherwise])
        await app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        # A mounted application's lifespan does not run by itself: each one is entered here.
        async with AsyncExitStack() as stack:
            await receive()
            for app in self._apps.values():
                await stack.enter_async_context(app.router.lifespan_context(app))
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})
