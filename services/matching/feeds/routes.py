"""HTTP of the feeds for others than services."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.matching.deliveries.models import ENDINGS
from services.matching.feeds.repository import FeedRepository
from services.matching.feeds.schemas import OUTCOMES, PartyView, PublicView, Wanted, as_present_event
from services.matching.permissions import PairingReader, PublicFeedReader
from shared.contracts.codes import FieldCode
from shared.contracts.events import ChangePage, FeedHead
from shared.db import RequestSession, whole_platform
from shared.feed.changes import as_change_page
from shared.feed.following import FeedRequest, answer_reader, batch_responses, feed_request
from shared.feed.reading import read_head
from shared.schemas import DivisionCode

router = APIRouter(prefix="/matching/v1", tags=["feeds for parties and the public 变更流"])
BATCH = batch_responses("FeedChange")
After = Annotated[UUID | None, Query(description="`next_cursor` of the page before")]
Limit = Annotated[int, Query(ge=1, le=1000)]
Asked = Annotated[FeedRequest, Depends(feed_request)]


def wanted_events(
    division: Annotated[DivisionCode | None, Query(description="Demands at or below this division")] = None,
    field: Annotated[
        list[FieldCode], Query(max_length=8, description="Demands of any of these fields; repeatable")
    ] = [],  # noqa: B006
    types: Annotated[
        list[Annotated[str, Query(max_length=80)]], Query(max_length=20, description="Only these event types")
    ] = [],  # noqa: B006
) -> Wanted:
    """Read the filters of a feed."""
    return Wanted(division, field, types)


WantedEvents = Annotated[Wanted, Depends(wanted_events)]


@router.get("/pairing-feed", responses=BATCH, response_class=Response)
async def read_pairing_feed(request: Request, by: PairingReader, asked: Asked, wanted: WantedEvents) -> Response:
    """
    Read what happened to your own pairings (对接变更流) behind a cursor: what webhooks tell, under the same ids.

    An application that acts for somebody reads what its grantor hears, as long as the grant lasts. What `withdrawn`,
    `declined`, `expired` or `lost_race` overtakes is not there any more.
    """
    return await answer_reader(request, asked, PartyView.of(by, wanted).show, overtaking=ENDINGS)


@router.get("/pairing-feed/cursor")
async def read_pairing_feed_head(request: Request, _by: PairingReader) -> FeedHead:
    """Read the cursor behind the newest event: take it first, then the snapshot, and go on from it."""
    return FeedHead(cursor=await read_head(request.app.state.database))


@router.get("/pairing-feed/snapshot")
async def read_pairing_feed_snapshot(
    session: RequestSession, by: PairingReader, wanted: WantedEvents, after: After = None, limit: Limit = 500
) -> ChangePage:
    """Read the newest event of each pairing of your own side, page by page."""
    found = await FeedRepository(session).list_own_after(after, limit, visible_to=by)
    return as_change_page([as_present_event(one) for one in found], PartyView.of(by, wanted).show, limit=limit)


@router.get("/public-feed", responses=BATCH, response_class=Response)
async def read_public_feed(request: Request, _by: PublicFeedReader, asked: Asked, wanted: WantedEvents) -> Response:
    """
    Read which pairings came to something (公开对接成果) behind a cursor: confirmed, started or completed.

    `DELETE` tells that one fell through: forget it. There are ids, fields and the county, no text and no name.
    """
    return await answer_reader(request, asked, PublicView(wanted).show, overtaking=OUTCOMES)


@router.get("/public-feed/cursor")
async def read_public_feed_head(request: Request, _by: PublicFeedReader) -> FeedHead:
    """Read the cursor behind the newest event: take it first, then the snapshot, and go on from it."""
    return FeedHead(cursor=await read_head(request.app.state.database))


@router.get("/public-feed/snapshot")
async def read_public_feed_snapshot(
    session: RequestSession, _by: PublicFeedReader, wanted: WantedEvents, after: After = None, limit: Limit = 500
) -> ChangePage:
    """Read every pairing that has come to something, page by page."""
    async with whole_platform(session):  # nobody sees others' pairings; the public is shown the outcome alone
        found = await FeedRepository(session).list_outcomes_after(after, limit)
    return as_change_page([as_present_event(one) for one in found], PublicView(wanted).show, limit=limit)
