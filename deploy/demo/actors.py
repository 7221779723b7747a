"""The roles of the story, each an API client of its own; one security administrator makes it, another lets it in."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import stamina

from deploy.demo.keeping import Kept
from shared.http import ServiceToken, trusted_roots

SECURITY_ADMINISTRATORS = ("security-administrator", "security-administrator-2")
NATION, PROVINCE = "100000000000", "510000000000"
TIMEOUT = httpx.Timeout(60.0, connect=5.0)


Urls = Mapping[str, str]
"""Where each service answers, by its name; behind a gateway all are one address."""


class Refused(Exception):
    """The platform answered with a problem document."""

    def __init__(self, response: httpx.Response) -> None:
        document = response.json() if "json" in response.headers.get("content-type", "") else {}
        super().__init__(f"{response.request.method} {response.request.url.path}: {response.status_code} {document}")
        self.status = response.status_code
        self.problem = str(document.get("type", "")).rsplit("/", 1)[-1]


def _passing(error: Exception) -> bool:
    """Tell whether a request may be repeated: the platform may be starting again in the middle of the story."""
    if isinstance(error, Refused):
        return error.status in {429, 502, 503, 504} or error.problem in {"still-running", "changed-meanwhile"}
    return isinstance(error, (httpx.TransportError, httpx.HTTPStatusError))


class Actor:
    """Somebody who acts through the public API in one role."""

    def __init__(self, urls: Urls, client_id: str, client_secret: str) -> None:
        self._urls = urls
        self._http = httpx.AsyncClient(
            timeout=TIMEOUT,
            verify=trusted_roots(),
            auth=ServiceToken(f"{urls['registry']}/registry/v1/tokens", client_id, client_secret),
            headers={"Accept-Language": "zh-CN"},
        )

    async def get(self, path: str, **params: Any) -> Any:
        """
        Read.

        :raises Refused: if the platform answers with a problem
        """
        return (await self._send("GET", path, params=params)).json()

    async def post(
        self, path: str, body: Any = None, *, etag: str | None = None, key: str | None = None, **more: Any
    ) -> Any:
        """
        Create, or change a state; the same ``key`` has one effect however often it is sent.

        :raises Refused: if the platform answers with a problem
        """
        headers = {"Idempotency-Key": key or str(uuid4())} | ({"If-Match": etag} if etag else {})
        options = more or {"json": body if body is not None else {}}
        response = await self._send("POST", path, headers=headers, **options)
        return response.json() if response.content else None

    async def put(self, path: str, body: Any) -> Any:
        """
        Create or replace under a natural key.

        :raises Refused: if the platform answers with a problem
        """
        return (await self._send("PUT", path, json=body)).json()

    async def delete(self, path: str) -> None:
        """
        Delete.

        :raises Refused: if the platform answers with a problem
        """
        await self._send("DELETE", path)

    async def read_with_etag(self, path: str) -> tuple[Any, str]:
        """
        Read a thing and its ETag.

        :raises Refused: if the platform answers with a problem
        """
        response = await self._send("GET", path)
        return response.json(), response.headers["etag"]

    async def change(self, path: str, action: str, body: Any = None) -> Any:
        """
        Read a thing and ask for a transition of the state that was read.

        :raises Refused: if the platform answers with a problem
        """
        _thing, etag = await self.read_with_etag(path)
        return await self.post(f"{path}/{action}", body, etag=etag)

    async def list(self, path: str, **filters: Any) -> list[dict[str, Any]]:
        """Read every page of a list."""
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = await self.get(path, limit=200, **filters, **more)
            items += page["items"]
            cursor = page.get("next_cursor")
            if not cursor:
                return items

    async def send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: Any = None
    ) -> httpx.Response:
        """Send one request as it is and return whatever is answered."""
        given = {"Idempotency-Key": str(uuid4()), **(headers or {})}
        return await self._http.request(method, self._address(path), headers=given, json=body)

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    def _address(self, path: str) -> str:
        return self._urls[path.split("/")[1]] + path

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        async for attempt in stamina.retry_context(on=_passing, attempts=30, timeout=90, wait_initial=0.2, wait_max=3):
            with attempt:
                response = await self._http.request(method, self._address(path), **options)
                if response.is_error:
                    raise Refused(response)
                return response
        raise AssertionError("unreachable")


class Cast:
    """Makes the actors; their secrets are kept beside the platform's own, readable to the owner alone."""

    def __init__(self, urls: Urls, secrets: Mapping[str, str], file: Path) -> None:
        self._urls, self._known = urls, Kept(file)
        self._maker, self._activator = (self.actor(name, secrets[name]) for name in SECURITY_ADMINISTRATORS)
        self._actors: dict[str, Actor] = {}
        self._making = asyncio.Lock()

    def actor(self, client_id: str, secret: str) -> Actor:
        """Return the actor behind a client whose secret is known."""
        return Actor(self._urls, client_id, secret)

    async def play(self, client_id: str, role: str, name: str, **scope: str) -> Actor:
        """Return the actor of a role, creating its API client the first time."""
        async with self._making:
            if client_id not in self._actors:
                if client_id not in self._known.values:
                    body = {"client_id": client_id, "name": name, "role": role, **scope}
                    # The fixed key gives the same secret again if the story was interrupted right here.
                    key = f"demo {client_id}".replace(" ", "-")
                    made = await self._maker.post("/registry/v1/api-clients", body, key=key)
                    await self._activator.post(f"/registry/v1/api-clients/{client_id}/activate")
                    self._known.put(client_id, made["client_secret"])
                self._actors[client_id] = self.actor(client_id, self._known.values[client_id])
        return self._actors[client_id]

    async def county(self, division: str) -> Actor:
        """Return the rural office of the county that contains a division."""
        county = division[:6] + "0" * 6
        return await self.play(f"rural-{county[:6]}", "rural_officer", f"{county[:6]} 农业农村局", division=county)

    async def organization(self, organization_id: str) -> Actor:
        """Return an organization."""
        return await self.play(f"org-{organization_id}", "organization", "社会组织", organization_id=organization_id)

    def note(self, name: str, value: str) -> None:
        """Keep something that is needed beside the secrets."""
        if self._known.values.get(name) != value:
            self._known.put(name, value)

    async def close(self) -> None:
        """Give every actor's connections back."""
        for actor in [*self._actors.values(), self._maker, self._activator]:
            await actor.close()
