"""Answer a reader of a feed: what it is shown behind its cursor, waited for if there is nothing yet (long poll)."""

import asyncio
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from shared.auth.access import authenticate_again
from shared.contracts.events import CloudEvent
from shared.db import Database
from shared.feed.announcing import as_cloud_event
from shared.feed.reading import CursorExpired, read_feed

MEDIA_TYPE = "application/cloudevents-batch+json"
POLL_SECONDS = 0.2
MOST_PAGES = 20
"""How many pages of which nothing is shown are passed over for one answer."""
Show = Callable[[CloudEvent], BaseModel | None]
"""Gives an event as the reader is shown it, or nothing if it is not for this reader."""


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
    cursor, waits, pages, has_waited = asked.cursor, int(asked.wait_seconds / POLL_SECONDS), MOST_PAGES, False
    while True:
        try:
            page = await read_feed(database, cursor=cursor, types=(), limit=asked.limit, overtaking=overtaking)
        except CursorExpired:
            feed = request.url.path
            raise CursorExpired(pointer="query/lastEventId", feed=feed, resync=f"{feed}/cursor") from None
        shown = [one for event in page.events if (one := show(as_cloud_event(event))) is not None]
        moved, cursor = page.next_cursor != cursor, page.next_cursor
        if shown or await request.is_disconnected() or not (waits > 0 or (moved and pages > 0)):
            break
        pages -= moved
        if not moved or pages < 0:
            await asyncio.sleep(POLL_SECONDS)
            waits, has_waited = waits - 1, True
    if has_waited and not is_platform:
        await authenticate_again(request)
    body = json.dumps([one.model_dump(mode="json", exclude_none=not is_platform) for one in shown], ensure_ascii=False)
    headers = {"Feed-Next-Cursor": cursor, "Cache-Control": "no-store"}
    return Response(body.encode(), media_type=MEDIA_TYPE, headers=headers)
