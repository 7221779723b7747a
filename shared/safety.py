"""What every answer carries for safety: quotas, headers that bind browsers, and the origins allowed to call."""

import base64
import hashlib
import re
from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.auth.access import asks_who_calls
from shared.problems import render
from shared.rate_limits import AskedTooOften, Standing

PROBE = re.compile("/[a-z]+/(?:livez|readyz)")
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
    """
    Limits whoever is not known by a valid token by the network address.

    What only looks like a token frees nobody: a route that asks for none is counted before it works, and what is
    answered before the token was looked at (an address that is not there, a body that cannot be read) with its answer.
    Refused tokens count where they are refused.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open: list[RouteContext] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on while its address has a quota left."""
        if scope["type"] != "http" or PROBE.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        bears = request.headers.get("authorization", "").lower().startswith("bearer ")
        if bears and not self._is_open(request):
            await self._app(scope, receive, _count_unknown(request, receive, send))
        elif (refused := await _count(request)) is not None:
            await refused(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_open(self, request: Request) -> bool:
        """Tell whether a request goes to a route that does not ask who calls."""
        if self._open is None:
            routes = [one for one in iter_route_contexts(request.app.routes) if hasattr(one, "path_regex")]
            # The pages of the documents have no dependencies at all.
            self._open = [one for one in routes if not hasattr(one, "dependant") or not asks_who_calls(one.dependant)]
        path, method = request.scope["path"], request.method
        return any(method in (one.methods or ()) and one.path_regex.match(path) for one in self._open)


async def _count(request: Request) -> Response | None:
    """Count a request by its address, and return the refusal if that has used up its quota."""
    try:
        await request.app.state.rate_limits.count_address(request)
    except AskedTooOften as error:
        return render(request, error)
    return None


def _count_unknown(request: Request, receive: Receive, send: Send) -> Send:
    """Count an answer for which nobody was counted, and put the refusal in its place if the quota is used up."""
    replaced = False

    async def send_counted(message: Message) -> None:
        nonlocal replaced
        if message["type"] == "http.response.start":
            counted = any(getattr(request.state, name, None) for name in ("principal", "rate_limit"))
            refused = None if counted else await _count(request)
            if refused is not None:
                replaced = True
                await refused(request.scope, receive, send)
        if not replaced:
            await send(message)

    return send_counted


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
