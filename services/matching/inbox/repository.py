"""All SQL about what waits for somebody."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select, tuple_

from services.matching.inbox.models import EXPIRING_WORKING_DAYS, RATING_DAYS, OpenQuestion, Question
from services.matching.inbox.schemas import InboxCounts, InboxFilter
from services.matching.pairings.models import Pairing, Side
from services.matching.pairings.repository import kept_by
from services.matching.ratings.models import Rating
from shared.auth.principals import Principal
from shared.china.workdays import add_working_days
from shared.contracts.codes import Answer, PairingStatus, Role
from shared.db import Session
from shared.paging import InvalidCursor, PageRequest, Slice, cut_page, read_key

NEVER = date(9999, 12, 31)
"""Sorts what has no last day behind all that has one."""
last_day = case((Pairing.status == PairingStatus.OPEN, Pairing.last_answer_on))
"""The last legal day of what has one: that of a pairing which is answered for good stays in its row."""
Conditions = Mapping[Question, ColumnElement[bool]]


class InboxRepository:
    """The open questions of one caller, on a legal day and at an instant."""

    def __init__(self, session: Session, *, reader: Principal, today: date, at: datetime) -> None:
        self._session = session
        self._expires_on = add_working_days(today, EXPIRING_WORKING_DAYS)
        self._conditions = _questions_of(reader, today=today, at=at)
        self._mine = and_(kept_by(reader), or_(false(), *self._conditions.values()))
        self._question = case(*[(when, question.value) for question, when in self._conditions.items()], else_="")
        self._expiring = func.coalesce(last_day <= self._expires_on, false())

    async def list_page(self, wanted: InboxFilter, *, page: PageRequest) -> Slice[OpenQuestion]:
        """
        Return a page of what waits, that with the nearest last day first.

        :raises InvalidCursor: if the cursor is none of this list
        """
        due = func.coalesce(last_day, NEVER)
        question, expiring = self._question.label("question"), self._expiring.label("expiring")
        query = select(Pairing, question, expiring, last_day.label("until")).where(self._mine)
        if wanted.question is not None:
            query = query.where(self._conditions.get(wanted.question, false()))
        if wanted.expiring:
            query = query.where(self._expiring)
        if wanted.dated:
            query = query.where(last_day.is_not(None))
        if page.cursor:
            query = query.where(tuple_(due, Pairing.id) > tuple_(*_read(page.cursor)))
        rows = (await self._session.execute(query.order_by(due, Pairing.id).limit(page.limit + 1))).all()
        found = [OpenQuestion(Question(row.question), row.Pairing, row.until, row.expiring) for row in rows]
        return cut_page(found, key=_key, cursor=None, limit=page.limit)

    async def count(self) -> InboxCounts:
        """Count what waits."""
        counted = func.count().label("number")
        query = select(self._question.label("question"), self._expiring.label("expiring"), counted).where(self._mine)
        counts = InboxCounts()
        for row in (await self._session.execute(query.group_by("question", "expiring"))).all():
            counts.total += row.number
            counts.expiring += row.number if row.expiring else 0
            setattr(counts, row.question, getattr(counts, row.question) + row.number)
        return counts

    async def has_news(self, *, since: datetime, told_on: date) -> bool:
        """Tell whether a question arose or changed since an instant, or has begun to expire since a legal day."""
        told_to_expire = add_working_days(told_on, EXPIRING_WORKING_DAYS)
        began = and_(self._expiring, last_day > told_to_expire)
        query = select(Pairing.id).where(self._mine, or_(Pairing.updated_at > since, began)).limit(1)
        return (await self._session.execute(query)).first() is not None


def _questions_of(reader: Principal, *, today: date, at: datetime) -> Conditions:
    if reader.role in (Role.CIVIL_AFFAIRS_OFFICER, Role.PROVINCIAL_OFFICER):
        return {Question.RELEASE: Pairing.status == PairingStatus.ON_HOLD}
    side = Side.of(reader)
    own, other = Pairing.supply_answer, Pairing.demand_answer
    if side is Side.DEMAND:
        own, other = other, own
    # What is overdue is about to expire, and takes no answer any more.
    is_open = and_(Pairing.status == PairingStatus.OPEN, Pairing.last_answer_on >= today)
    rated = select(Rating.id).where(Rating.pairing_id == Pairing.id, Rating.side == side).correlate(Pairing)
    lately = Pairing.ended_at > at - timedelta(days=RATING_DAYS)
    both: dict[Question, ColumnElement[bool]] = {
        Question.ANSWER: and_(is_open, own.is_(None)),
        Question.RATE: and_(Pairing.status == PairingStatus.COMPLETED, lately, ~rated.exists()),
    }
    if reader.role is Role.VILLAGE_EDITOR:  # it neither agrees nor reports
        return both
    return both | {
        Question.AGREE: and_(is_open, own == Answer.INTERESTED, other.is_not(None)),
        Question.REPORT_START: Pairing.status == PairingStatus.CONFIRMED,
        Question.REPORT_COMPLETION: Pairing.status == PairingStatus.STARTED,
    }


def _key(found: OpenQuestion) -> tuple[str, str]:
    return (found.until or NEVER).isoformat(), str(found.pairing.id)


def _read(cursor: str) -> tuple[Any, Any]:
    due, pairing_id = read_key(cursor, like=("", ""))
    try:
        return date.fromisoformat(due), UUID(pairing_id)
    except ValueError:
        raise InvalidCursor(pointer="query/cursor") from None
