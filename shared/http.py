"""Calls from one service to another: time limits, retries of what may be repeated, request id, service token."""

import asyncio
import ssl
from functools import cache
from typing import Any

import httpx
import stamina

from shared import clock
from shared.logs import request_id

TIMEOUT = httpx.Timeout(10.0, connect=3.0)


def _worth_a_retry(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in {429, 502, 503, 504}
    return isinstance(error, httpx.TransportError)


@cache
def trusted_roots() -> ssl.SSLContext:
    """Return the roots that every client of this process trusts: reading them takes 25 ms, in which all else waits."""
    return httpx.create_ssl_context()


class ServiceToken(httpx.Auth):
    """Adds the service's own access token to each request, and renews it before it ends or when it is refused."""

    requires_response_body = True

    def __init__(self, token_url: str, client_id: str, client_secret: str) -> None:
        self._token_url = token_url
        self._credentials = (client_id, client_secret)
        self._token: str | None = None
        self._renew_at = 0.0
        self._lock = asyncio.Lock()

    async def async_auth_flow(self, request: httpx.Request) -> Any:
        """Send the request with a token, and once more with a new one if it is refused."""
        request.headers["Authorization"] = f"Bearer {await self._current()}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self._renew_at = 0.0
            request.headers["Authorization"] = f"Bearer {await self._current()}"
            yield request

    async def _current(self) -> str:
        async with self._lock:
            now = clock.now().timestamp()
            if self._token is None or now >= self._renew_at:
                async with httpx.AsyncClient(timeout=TIMEOUT, verify=trusted_roots()) as client:
                    response = await client.post(
                        self._token_url, data={"grant_type": "client_credentials"}, auth=self._credentials
                    )
                    response.raise_for_status()
                    answer = response.json()
                self._token = str(answer["access_token"])
                self._renew_at = now + answer["expires_in"] - 60
            return self._token


class ServiceClient:
    """An HTTP client for one neighbour service."""

    def __init__(self, base_url: str, *, auth: httpx.Auth | None, transport: httpx.AsyncBaseTransport | None = None):
        self._client = httpx.AsyncClient(
            base_url=base_url, auth=auth, timeout=TIMEOUT, verify=trusted_roots(), transport=transport
        )

    async def send_once(self, method: str, path: str, **options: Any) -> httpx.Response:
        """
        Send one request without a retry and return whatever is answered.

        :raises httpx.TransportError: if nothing is answered
        """
        headers = {"X-Request-ID": request_id.get() or "", **options.pop("headers", {})}
        return await self._client.request(method, path, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """
        Read, with up to three tries.

        :raises httpx.HTTPError: if no try brings a 2xx answer
        """
        async for attempt in stamina.retry_context(on=_worth_a_retry, attempts=3, wait_initial=0.2, wait_max=2.0):
            with attempt:
                response = await self.send_once("GET", path, **options)
                response.raise_for_status()
                return response
        raise AssertionError("unreachable")  # pragma: no cover

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()
