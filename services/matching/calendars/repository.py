"""All SQL about calendars."""

from uuid import UUID

from sqlalchemy import func, select

from services.matching.calendars.errors import CalendarNotFound
from services.matching.calendars.models import DeadlineCalendar
from services.matching.subscriptions.models import owner_of
from shared.auth.principals import Principal
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page


class CalendarRepository:
    """Calendars of one session; everybody sees their own ones alone."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, calendar: DeadlineCalendar) -> DeadlineCalendar:
        """Store a new calendar."""
        self._session.add(calendar)
        await self._session.flush()
        return calendar

    async def count_locked(self, owner: str) -> int:
        """Count an owner's calendars; until the commit nobody else counts the same owner's."""
        lock = func.pg_advisory_xact_lock(func.hashtextextended(f"calendars of {owner}", 0))
        await self._session.execute(select(lock))
        count = select(func.count()).select_from(DeadlineCalendar).where(DeadlineCalendar.owner == owner)
        return int((await self._session.execute(count)).scalar_one())

    async def list(self, *, visible_to: Principal, page: PageRequest) -> Slice[DeadlineCalendar]:
        """Return a page of the caller's own calendars, the newest first."""
        query = select(DeadlineCalendar).where(DeadlineCalendar.owner == owner_of(visible_to).key)
        order = [Sort(column=DeadlineCalendar.id, descending=True)]
        return await read_page(self._session, query, order=order, page=page)

    async def get_by_hash(self, token_hash: str) -> DeadlineCalendar:
        """
        Return the calendar whose token has a keyed hash.

        :raises CalendarNotFound: if there is none
        """
        query = select(DeadlineCalendar).where(DeadlineCalendar.token_hash == token_hash)
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise CalendarNotFound(pointer="path/token")
        return found

    async def delete(self, calendar_id: UUID, *, visible_to: Principal) -> None:
        """
        Delete a calendar of the caller's own.

        :raises CalendarNotFound: if there is none
        """
        mine = (DeadlineCalendar.id == calendar_id, DeadlineCalendar.owner == owner_of(visible_to).key)
        found = (await self._session.execute(select(DeadlineCalendar).where(*mine))).scalar_one_or_none()
        if found is None:
            raise CalendarNotFound(pointer="path/calendar_id")
        await self._session.delete(found)
        await self._session.flush()
