"""What one can do with calendars."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from services.matching.calendars.errors import TooManyCalendars
from services.matching.calendars.models import DeadlineCalendar
from services.matching.calendars.repository import CalendarRepository
from services.matching.inbox.models import OpenQuestion, owned_by
from services.matching.inbox.repository import InboxRepository
from services.matching.inbox.schemas import InboxFilter
from shared.auth.principals import Principal
from shared.db import Session, whole_platform
from shared.paging import PageRequest
from shared.sealing import Sealer

TOKEN_BYTES = 32
MOST_CALENDARS = 20
MOST_DEADLINES = 200


async def make_calendar(session: Session, *, by: Principal, sealer: Sealer) -> tuple[DeadlineCalendar, str]:
    """
    Make a calendar of the caller's deadlines and return it with its token, which is stored as a hash alone.

    :raises TooManyCalendars: if the owner has as many as it may
    :raises OutOfScope: if the caller's token does not say which organization or office it is
    """
    mine, repository = owned_by(by), CalendarRepository(session)
    if await repository.count_locked(mine["owner"]) >= MOST_CALENDARS:
        raise TooManyCalendars(most=MOST_CALENDARS)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    return await repository.add(DeadlineCalendar(token_hash=sealer.hash(token), **mine)), token


async def delete_calendar(session: Session, *, calendar_id: UUID, by: Principal) -> None:
    """
    Delete a calendar of the caller's own; its address leads nowhere at once.

    :raises CalendarNotFound: if there is none
    """
    await CalendarRepository(session).delete(calendar_id, visible_to=by)


async def read_deadlines(
    session: Session, *, token: str, sealer: Sealer, today: date, at: datetime
) -> Sequence[OpenQuestion]:
    """
    Return the open questions with a last day of whose calendar it is, the nearest two hundred.

    :raises CalendarNotFound: if the token is of no calendar
    """
    async with whole_platform(session):  # a calendar program has no account
        calendar = await CalendarRepository(session).get_by_hash(sealer.hash(token))
        inbox = InboxRepository(session, reader=calendar.reader, today=today, at=at)
        page = await inbox.list_page(InboxFilter(dated=True), page=PageRequest(limit=MOST_DEADLINES))
    return page.items
