"""HTTP of the public feed."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.projects.demands.repository import DemandRepository
from services.projects.demands.routes import LeastShown
from services.projects.permissions import PublicFeedReader
from services.projects.public_feed.schemas import PUBLIC_TYPES, PublicView
from services.projects.supplies.repository import SupplyRepository
from shared.contracts.codes import FieldCode
from shared.contracts.events import ChangePage, FeedHead
from shared.contracts.projects import PUBLIC_DEMAND_CHANGED, PUBLIC_SUPPLY_CHANGED
from shared.db import RequestSession
from shared.feed import Aggregate
from shared.feed.announcing import as_snapshot_event
from shared.feed.changes import as_change_page
from shared.feed.following import FeedRequest, answer_reader, batch_responses, feed_request
from shared.feed.reading import read_head
from shared.feed.routes import UnknownEventType
from shared.schemas import DivisionCode

router = APIRouter(prefix="/projects/v1/public-feed", tags=["public feed 公开变更流"])


def public_view(
    least_shown: LeastShown,
    division: Annotated[
        DivisionCode | None, Query(description="Demands at or below this division, supplies that serve any of it")
    ] = None,
    field: Annotated[list[FieldCode], Query(max_length=8, description="Of any of these fields; repeatable")] = [],  # noqa: B006
    types: Annotated[
        list[Annotated[str, Query(max_length=80)]], Query(max_length=20, description="Only these event types")
    ] = [],  # noqa: B006
) -> PublicView:
    """Read the filters of the public feed."""
    return PublicView(least_shown, division, field, types)


Wanted = Annotated[PublicView, Depends(public_view)]


@router.get("", responses=batch_responses("FeedChange"), response_class=Response)
async def read_public_feed(
    request: Request, _by: PublicFeedReader, asked: Annotated[FeedRequest, Depends(feed_request)], wanted: Wanted
) -> Response:
    """
    Read what changed of published demands and listed supplies (公开变更流) behind a cursor, each at its newest.

    `DELETE` tells that one is not public any more: forget it. Counts of people come in whole fives.
    """
    return await answer_reader(request, asked, wanted.show, overtaking=PUBLIC_TYPES)


@router.get("/cursor")
async def read_public_feed_head(request: Request, _by: PublicFeedReader) -> FeedHead:
    """Read the cursor behind the newest event: take it first, then the snapshot, and go on from it."""
    return FeedHead(cursor=await read_head(request.app.state.database))


@router.get("/snapshot")
async def read_public_feed_snapshot(
    session: RequestSession,
    _by: PublicFeedReader,
    wanted: Wanted,
    type: Annotated[str, Query(max_length=80, description="The event type of which everything public is wanted")],
    after: Annotated[UUID | None, Query(description="`next_cursor` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> ChangePage:
    """Read everything of a type that is public now, page by page; what you hold beyond it is not public any more."""
    found: Sequence[Aggregate]
    if type == PUBLIC_DEMAND_CHANGED:
        found = await DemandRepository(session).list_public_after(after, limit)
    elif type == PUBLIC_SUPPLY_CHANGED:
        found = await SupplyRepository(session).list_public_after(after, limit)
    else:
        raise UnknownEventType(pointer="query/type")
    return as_change_page([as_snapshot_event(one) for one in found], wanted.show, limit=limit)
