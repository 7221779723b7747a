"""Answer a reader of a feed: what it is shown behind its cursor, waited for if there is nothing yet (long poll)."""

import asyncio
import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from shared.auth.access import authenticate_again
from shared.contracts.events import CloudEvent
from shared.db import Database
from shared.feed.announcing import as_cloud_event
from shared.feed.reading import CursorExpired, read_feed, read_head

MEDIA_TYPE = "application/cloudevents-batch+json"
POLL_SECONDS = 0.2
MOST_PASSED = 2_000
MOST_PAGES = 50
"""About how many events that are not shown, and how many pages of them, are passed over for one answer."""
Show = Callable[[CloudEvent], BaseModel | None]
"""Gives an event as the reader is shown it, or nothing if it is not for this reader."""


class Head:
    """The head of a feed, asked for once for all who wait: a thousand readers cost no more than one."""

    def __init__(self) -> None:
        self._cursor = ""
        self._read_at = -POLL_SECONDS
        self._reading = asyncio.Lock()

    async def read(self, database: Database) -> str:
        """Return the cursor behind the newest event, as it was ``POLL_SECONDS`` ago or later."""
        async with self._reading:
            if time.monotonic() - self._read_at >= POLL_SECONDS:
                self._cursor, self._read_at = await read_head(database), time.monotonic()
            return self._cursor


_heads: WeakKeyDictionary[Database, Head] = WeakKeyDictionary()


@dataclass(frozen=True)
class FeedRequest:
    """Where a reader stands, and how long it waits, in seconds."""

    cursor: str | None
    wait_seconds: int
    limit: int


def feed_request(
    last_event_id: Annotated[
        str | None, Query(alias="lastEventId", max_length=80, description="`Feed-Next-Cursor` of the page before")
    ] = None,
    timeout: Annotated[int, Query(ge=0, le=30, description="Seconds to wait for events (long poll)")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="Most events looked at")] = 200,
) -> FeedRequest:
    """Read what every feed is asked with."""
    return FeedRequest(last_event_id, timeout, limit)


def batch_responses(model: str) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of a batch of events of a model, and of an expired cursor."""
    return {
        200: {
            "description": "A batch of events in order; `Feed-Next-Cursor` is there also when the batch is empty",
            "content": {MEDIA_TYPE: {"schema": {"type": "array", "items": {"$ref": f"#/components/schemas/{model}"}}}},
            "headers": {"Feed-Next-Cursor": {"schema": {"type": "string"}}},
        },
        410: {"$ref": "#/components/responses/Problem410"},
    }


async def answer_reader(
    request: Request,
    asked: FeedRequest,
    show: Show,
    *,
    overtaking: Collection[str] = (),
    is_platform: bool = False,
) -> Response:
    """
    Return the first events behind the cursor that the reader is shown; an empty batch if none came in time.

    No transaction is open while it waits. After a wait a reader outside the platform must still be let in: its grant
    may have been revoked meanwhile.

    :raises CursorExpired: if the events behind the cursor are no longer kept
    :raises TokenInvalid: if the reader's token has ended during the wait
    """
    database: Database = request.app.state.database

    async def read_on(cursor: str | None) -> tuple[list[BaseModel], str, bool]:
        try:
            return await _read_shown(database, cursor, show, limit=asked.limit, overtaking=overtaking)
        except CursorExpired:
            feed = request.url.path
            raise CursorExpired(pointer="query/lastEventId", feed=feed, resync=f"{feed}/cursor") from None

    ends, has_waited = time.monotonic() + asked.wait_seconds, False
    shown, cursor, at_end = await read_on(asked.cursor)
    # Who is shown nothing of much is answered at once, with the cursor that was reached: it asks on from there.
    while not shown and at_end and time.monotonic() < ends and not await request.is_disconnected():
        await asyncio.sleep(POLL_SECONDS)
        has_waited = True
        if await _heads.setdefault(database, Head()).read(database) != cursor:
            shown, cursor, at_end = await read_on(cursor)
    if has_waited and not is_platform:
        await authenticate_again(request)
    body = json.dumps([one.model_dump(mode="json", exclude_none=not is_platform) for one in shown], ensure_ascii=False)
    headers = {"Feed-Next-Cursor": cursor, "Cache-Control": "no-store"}
    return Response(body.encode(), media_type=MEDIA_TYPE, headers=headers)


async def _read_shown(
    database: Database, cursor: str | None, show: Show, *, limit: int, overtaking: Collection[str]
) -> tuple[list[BaseModel], str, bool]:
    """Return the first page of which something is shown, or nothing; the cursor reached; whether that is the end."""
    for _ in range(min(max(MOST_PASSED // limit, 1), MOST_PAGES)):
        page = await read_feed(database, cursor=cursor, types=(), limit=limit, overtaking=overtaking)
        shown = [one for event in page.events if (one := show(as_cloud_event(event))) is not None]
        if shown or page.next_cursor == cursor:
            return shown, page.next_cursor, True
        cursor = page.next_cursor
    return [], str(cursor), False
