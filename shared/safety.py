"""What every answer carries for safety: quotas, headers that bind browsers, and the origins allowed to call."""

import base64
import hashlib
import re
from collections.abc import Sequence

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.problems import render
from shared.rate_limits import AskedTooOften, Standing

UNLIMITED = ("/livez", "/readyz")
"""Probes are asked by the machine that runs the platform, and must tell the truth under load."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""OWASP ASVS 5.0, chapter 3.4; an answer that sets one of them itself keeps its own."""
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
ASKED = ["Authorization", "Content-Type", "If-Match", "Idempotency-Key", "X-Request-Id", "X-HTTP-Method-Override"]
TOLD = ["ETag", "Location", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-Id"]


class SafetyHeaders:
    """Adds the headers of safety, and what is left of the caller's quota, to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer with more headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
                standing: Standing | None = getattr(request.state, "rate_limit", None)
                if standing:
                    standing.write(headers)
            await send(message)

        await self._app(scope, receive, send_safely)


class AddressLimit:
    """Limits whoever sends no token by the network address; refused tokens count where they are refused."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on while its address has a quota left."""
        if scope["type"] == "http" and not scope["path"].endswith(UNLIMITED):
            request = Request(scope)
            if not request.headers.get("authorization", "").lower().startswith("bearer "):
                try:
                    await request.app.state.rate_limits.count_address(request)
                except AskedTooOften as error:
                    await render(request, error)(scope, receive, send)
                    return
        await self._app(scope, receive, send)


def allow_origins(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of these origins call the API from a browser; without any, none can."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PATCH", "PUT", "DELETE"],
            allow_headers=ASKED,
            expose_headers=TOLD,
            max_age=600,
        )


def policy_of_page(html: str) -> str:
    """Return the Content-Security-Policy of a page: its own scripts and styles, and the inline scripts it has now."""
    hashes = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        for script in re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    ]
    scripts = " ".join(f"'sha256-{one}'" for one in hashes)
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
