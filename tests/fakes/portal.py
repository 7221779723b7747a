"""A small government service portal (政务服务网): a local server that exchanges tickets as the usual ones do."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Form

APP_ID, APP_SECRET = "xiangqiao", "the secret that the portal gave the platform"


@dataclass
class FakePortal:
    """Its users by ticket; a ticket and a token are each good for one exchange."""

    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: bool = False

    def log_in(self, **user: Any) -> str:
        """Let a user log in and return the ticket that the browser carries to the platform."""
        ticket = secrets.token_urlsafe(16)
        self.tickets[ticket] = user
        return ticket

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/sso/ticket-validation")
        async def exchange(
            app_id: Annotated[str, Form()],
            time: Annotated[str, Form()],
            sign: Annotated[str, Form()],
            ticket: Annotated[str, Form()],
        ) -> Any:
            if self.broken:
                return ["maintenance"]
            user = self.tickets.pop(ticket, None)
            if user is None or not _is_signed(app_id, time, ticket, sign):
                return {"result": "invalid ticket"}
            token = secrets.token_urlsafe(16)
            self.tokens[token] = user
            return {"result": "ok", "token": token}

        @app.post("/sso/user-info")
        async def tell(
            app_id: Annotated[str, Form()],
            time: Annotated[str, Form()],
            sign: Annotated[str, Form()],
            token: Annotated[str, Form()],
        ) -> dict[str, Any]:
            user = self.tokens.pop(token, None)
            if user is None or not _is_signed(app_id, time, token, sign):
                return {"result": "invalid token"}
            return {"result": "ok", **user}

        return app

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Serve it on a port of its own and give the address."""
        server = uvicorn.Server(uvicorn.Config(self.app(), port=0, log_level="error", lifespan="off"))
        running = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/sso/"
        finally:
            server.should_exit = True
            await running


def _is_signed(app_id: str, time: str, value: str, sign: str) -> bool:
    expected = hmac.new(APP_SECRET.encode(), f"{app_id}{time}{value}".encode(), hashlib.sha256).hexdigest()
    return app_id == APP_ID and hmac.compare_digest(sign, expected)
