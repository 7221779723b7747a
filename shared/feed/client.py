"""
The reference client of every feed of the platform; it needs Python 3.11 and httpx, and nothing else of the platform.

Copy this file into your own application: docs/feeds.md shows how to use it. The services read each other so, too.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

Event = dict[str, Any]
"""A CloudEvent as JSON; ``subject`` says what it is about, ``method: DELETE`` that this is to be forgotten."""
Get = Callable[..., Awaitable[httpx.Response]]
"""``httpx.AsyncClient.get``, or what is called in the same way."""
Filters = Mapping[str, str | int | Sequence[str]]
SNAPSHOT_PAGE = 1_000
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
logger = logging.getLogger(__name__)


class CursorGone(Exception):
    """The events behind the cursor are not kept any more: start again from the snapshot."""


@dataclass(frozen=True)
class FeedPage:
    """Events in order, perhaps none, and the cursor behind what was looked at: always go on from it."""

    events: list[Event]
    cursor: str


class FeedClient:
    """
    Speaks the protocol of one feed; ``filters`` narrow the feed and its snapshot alike.

    ``get`` may try again by itself; ``get_once``, by which is waited for events, need not.
    """

    def __init__(self, get: Get, feed: str, *, filters: Filters | None = None, get_once: Get | None = None) -> None:
        self._get, self._get_once = get, get_once or get
        self._feed, self._filters = feed, dict(filters or {})

    async def read(self, cursor: str, *, wait_seconds: int = 0, limit: int = 200) -> FeedPage:
        """
        Read what follows a cursor; if there is nothing yet, wait for it at most ``wait_seconds`` (0 to 30).

        :raises CursorGone: if the cursor is not kept any more
        :raises httpx.HTTPError: if the feed cannot be read
        """
        asked = {**self._filters, "lastEventId": cursor, "timeout": wait_seconds, "limit": limit}
        response = await self._get_once(self._feed, params=asked, timeout=wait_seconds + 10)
        if response.status_code == httpx.codes.GONE:
            raise CursorGone
        response.raise_for_status()
        return FeedPage(response.json(), response.headers["Feed-Next-Cursor"])

    async def read_head(self) -> str:
        """
        Read the cursor behind the newest event; take it before the snapshot, so that nothing falls between the two.

        :raises httpx.HTTPError: if it cannot be read
        """
        response = await self._get(f"{self._feed}/cursor")
        return str(response.raise_for_status().json()["cursor"])

    async def read_snapshot(self, kind: str | None = None) -> list[Event]:
        """
        Read everything there is now, of one event type where the feed has a snapshot for each.

        :raises httpx.HTTPError: if it cannot be read
        """
        asked = {**self._filters, "limit": SNAPSHOT_PAGE, **({"type": kind} if kind else {})}
        events: list[Event] = []
        while True:
            response = await self._get(f"{self._feed}/snapshot", params=asked)
            page = response.raise_for_status().json()
            events += page["items"]
            if page.get("next_cursor") is None:
                return events
            asked["after"] = page["next_cursor"]


class Store(Protocol):
    """Your copy of what a feed tells, and the cursor; each method that writes is one transaction."""

    async def load_cursor(self) -> str | None:
        """Return the stored cursor, or ``None`` before the first snapshot."""
        ...

    async def apply(self, events: list[Event], cursor: str) -> None:
        """Apply events in their order and store the cursor in the same transaction: then each takes effect once."""
        ...

    async def replace(self, events: list[Event], cursor: str) -> None:
        """Make the copy hold exactly what these events of the snapshot say, and store the cursor."""
        ...


class FeedReader:
    """Keeps a store up with a feed; ``kinds`` are the event types whose snapshots are asked for one by one."""

    def __init__(self, client: FeedClient, store: Store, *, kinds: Sequence[str] = ()) -> None:
        self._client, self._store = client, store
        self._kinds: Sequence[str | None] = kinds or [None]

    async def run(self, stop: asyncio.Event) -> None:
        """Read until told to stop; while the platform or the store is away it waits, longer each time."""
        pause = SHORTEST_PAUSE
        while not stop.is_set():
            try:
                await self.read_once(wait_seconds=20)
                pause = SHORTEST_PAUSE
            except Exception as error:
                logger.warning("the feed cannot be read: %s", type(error).__name__)
                await _sleep_or_stop(stop, _asked_pause(error) or pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def read_once(self, *, wait_seconds: int = 0) -> bool:
        """
        Read and apply one page, or the snapshot where there is no cursor to go on from; tell whether anything moved.

        :raises httpx.HTTPError: if the platform cannot be read
        """
        cursor = await self._store.load_cursor()
        if cursor is not None:
            try:
                page = await self._client.read(cursor, wait_seconds=wait_seconds)
            except CursorGone:
                logger.info("the cursor is gone: starting again from the snapshot")
            else:
                if page.cursor != cursor:
                    await self._store.apply(page.events, page.cursor)
                return page.cursor != cursor
        head = await self._client.read_head()
        present = [event for kind in self._kinds for event in await self._client.read_snapshot(kind)]
        await self._store.replace(present, head)
        return True


class ClientToken(httpx.Auth):
    """Adds an access token got with a client's secret, and gets another one when it is refused."""

    def __init__(self, token_url: str, client_id: str, client_secret: str, *, grant_id: str | None = None) -> None:
        self._form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        self._form |= {"grant_id": grant_id} if grant_id else {}
        self._token_url, self._token = token_url, ""

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with a token, and once more with a new one if it is refused."""
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
            response = yield request
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return
        answer = yield httpx.Request("POST", self._token_url, data=self._form)
        await answer.aread()
        self._token = str(answer.raise_for_status().json()["access_token"])
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def _asked_pause(error: Exception) -> float | None:
    """Return the seconds of an answer's ``Retry-After``, if there is one."""
    if isinstance(error, httpx.HTTPStatusError):
        value = error.response.headers.get("Retry-After", "")
        return min(float(value), 3_600.0) if value.isascii() and value.isdigit() else None
    return None


async def _sleep_or_stop(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
