"""The feed over HTTP: long poll by cursor, the head, and the snapshot to start again from."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from shared.auth.access import allow
from shared.auth.principals import Principal
from shared.contracts.events import CloudEvent, FeedHead, SnapshotPage
from shared.db import RequestSession, Session
from shared.errors import InvalidInput, Text
from shared.feed.announcing import Aggregate, as_snapshot_event
from shared.feed.following import FeedRequest, answer_reader, batch_responses, feed_request
from shared.feed.reading import read_head

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

    @router.get("/feed", responses=batch_responses("CloudEvent"), response_class=Response)
    async def read_feed_page(
        request: Request,
        _by: FeedReader,
        asked: Annotated[FeedRequest, Depends(feed_request)],
        types: Annotated[
            list[Annotated[str, Query(max_length=80)]], Query(max_length=20, description="Only these types")
        ] = [],  # noqa: B006
    ) -> Response:
        """Read the feed (变更流) behind a cursor, and wait for the next event if there is none."""

        def show(event: CloudEvent) -> CloudEvent | None:
            return event if not types or event.type in types else None

        return await answer_reader(request, asked, show, is_platform=True)

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


__all__ = ["CloudEvent", "feed_router"]
