"""The feed over HTTP: long poll by cursor, the head, and the snapshot to start again from."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from shared.auth.access import allow
from shared.auth.principals import Principal
from shared.contracts.events import CloudEvent, FeedHead, SnapshotPage
from shared.db import Database, RequestSession, Session
from shared.errors import InvalidInput, Text
from shared.feed.announcing import Aggregate, as_cloud_event, as_snapshot_event
from shared.feed.reading import FeedPage, read_feed, read_head

MEDIA_TYPE = "application/cloudevents-batch+json"
POLL_SECONDS = 0.2
FeedReader = Annotated[Principal, Depends(allow("read_feed"))]
Snapshots = Callable[[Session, UUID | None, int], Awaitable[list[Aggregate]]]
"""Reads up to n aggregates of one type whose id follows the given one, in the order of their ids."""


class UnknownEventType(InvalidInput):
    """The feed has no snapshots of the type asked for."""

    title = Text("没有这种事件类型", "There is no such type of event here")
    remedy = Text("请对照 docs/events.md 检查 type。", "Check type against docs/events.md.")


def feed_router(prefix: str, snapshots: Mapping[str, Snapshots]) -> APIRouter:
    """Return the routes of a service's feed; ``snapshots`` gives the present aggregates of every event type."""
    router = APIRouter(prefix=prefix, tags=["feed 变更流"])

    @router.get(
        "/feed",
        responses={
            200: {
                "description": "A batch of events in order; `Feed-Next-Cursor` is there also when the batch is empty",
                "content": {
                    MEDIA_TYPE: {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/CloudEvent"}}}
                },
                "headers": {"Feed-Next-Cursor": {"schema": {"type": "string"}}},
            },
            410: {"$ref": "#/components/responses/Problem410"},
        },
        response_class=Response,
    )
    async def read_feed_page(
        request: Request,
        _by: FeedReader,
        last_event_id: Annotated[
            str | None, Query(alias="lastEventId", max_length=80, description="`Feed-Next-Cursor` of the page before")
        ] = None,
        timeout: Annotated[int, Query(ge=0, le=30, description="Seconds to wait for events (long poll)")] = 0,  # noqa: ASYNC109
        limit: Annotated[int, Query(ge=1, le=1000, description="Most events looked at")] = 200,
        types: Annotated[
            list[Annotated[str, Query(max_length=80)]], Query(max_length=20, description="Only these types")
        ] = [],  # noqa: B006
    ) -> Response:
        """Read the feed (变更流) behind a cursor, and wait for the next event if there is none."""
        database: Database = request.app.state.database
        waits = int(timeout / POLL_SECONDS)
        page = await read_feed(database, cursor=last_event_id, types=types, limit=limit)
        while not page.events and waits > 0 and not await request.is_disconnected():
            before = page.next_cursor
            page = await read_feed(database, cursor=before, types=types, limit=limit)
            if page.next_cursor == before:
                await asyncio.sleep(POLL_SECONDS)
                waits -= 1
        return _batch(page)

    @router.get("/feed/cursor")
    async def read_feed_head(request: Request, _by: FeedReader) -> FeedHead:
        """Read the cursor behind the newest event, to go on from after a snapshot."""
        return FeedHead(cursor=await read_head(request.app.state.database))

    @router.get("/feed/snapshot")
    async def read_feed_snapshot(
        session: RequestSession,
        _by: FeedReader,
        type: Annotated[str, Query(max_length=80, description="The event type whose aggregates are wanted")],
        after: Annotated[UUID | None, Query(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 500,
    ) -> SnapshotPage:
        """Read the present state of every aggregate of a type, page by page."""
        read = snapshots.get(type)
        if read is None:
            raise UnknownEventType(pointer="query/type")
        found = await read(session, after, limit)
        more = len(found) == limit
        return SnapshotPage(
            items=[as_snapshot_event(one) for one in found], next_cursor=str(found[-1].id) if more else None
        )

    return router


def _batch(page: FeedPage) -> Response:
    events = [as_cloud_event(event).model_dump(mode="json") for event in page.events]
    body = json.dumps(events, ensure_ascii=False).encode()
    return Response(
        body, media_type=MEDIA_TYPE, headers={"Feed-Next-Cursor": page.next_cursor, "Cache-Control": "no-store"}
    )


__all__ = ["CloudEvent", "feed_router"]
