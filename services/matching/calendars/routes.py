"""HTTP of calendars: who keeps them, and the address that a calendar program reads."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from services.matching.calendars import actions
from services.matching.calendars.models import DeadlineCalendar
from services.matching.calendars.repository import CalendarRepository
from services.matching.calendars.schemas import CalendarRead, CalendarShown, show_calendar, write_calendar
from services.matching.permissions import CalendarKeeper
from shared import clock
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.paging import Page, PageRequest, Slice, page_request

router = APIRouter(prefix="/matching/v1", tags=["calendars 期限日历"], route_class=IdempotentRoute)
MEDIA_TYPE = "text/calendar"


@router.post("/calendars", status_code=201, dependencies=[RememberAnswer])
async def make_calendar(request: Request, session: RequestSession, by: CalendarKeeper) -> CalendarShown:
    """Make a calendar (期限日历) of the deadlines in your inbox; its address is in this answer and nowhere else."""
    calendar, token = await actions.make_calendar(session, by=by, sealer=request.app.state.sealer)
    return show_calendar(calendar, token=token, public_url=request.app.state.settings.public_url)


@router.get("/calendars", response_model=Page[CalendarRead])
async def list_calendars(
    session: RequestSession, by: CalendarKeeper, page: Annotated[PageRequest, Depends(page_request)]
) -> Slice[DeadlineCalendar]:
    """List your own calendars (期限日历), the newest first."""
    return await CalendarRepository(session).list(visible_to=by, page=page)


@router.delete("/calendars/{calendar_id}", status_code=204, response_class=Response)
async def delete_calendar(calendar_id: UUID, session: RequestSession, by: CalendarKeeper) -> None:
    """Delete a calendar (撤销期限日历) of your own; its address leads nowhere at once."""
    await actions.delete_calendar(session, calendar_id=calendar_id, by=by)


@router.get(
    "/calendars/{token}/deadlines.ics",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "iCalendar (RFC 5545)"}},
)
async def read_deadlines(
    token: Annotated[str, Path(max_length=100, description="As it stands in the address")],
    request: Request,
    session: RequestSession,
) -> Response:
    """Read the deadlines (期限) of an inbox as a calendar program does, by the address alone."""
    found = await actions.read_deadlines(
        session, token=token, sealer=request.app.state.sealer, today=clock.today(), at=clock.now()
    )
    return Response(write_calendar(found), media_type=f"{MEDIA_TYPE}; charset=utf-8")
