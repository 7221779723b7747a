"""All SQL about demands."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql.expression import cast

from services.projects.demands.errors import DemandNotFound
from services.projects.demands.models import OPEN_STATES, PUBLISHED_STATES, Demand, SurveyRecord
from services.projects.demands.schemas import DemandFilter
from shared.auth.errors import OutOfScope
from shared.auth.principals import Principal
from shared.china.divisions import scope_prefix
from shared.contracts.codes import Role
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page
from shared.search import search_query


def kept_by(by: Principal) -> ColumnElement[bool]:
    """Return the condition for demands of which the caller sees everything; ``Demand.is_kept_by`` as SQL."""
    # The service role comes here for commitments alone: no route shows it a demand.
    if by.role in {Role.PROVINCIAL_OFFICER, Role.SERVICE}:
        return true()
    if by.role in {Role.RURAL_OFFICER, Role.VILLAGE_EDITOR} and by.prefix is not None:
        return Demand.division.startswith(by.prefix, autoescape=True)
    return false()


class DemandRepository:
    """Demands of one session, narrowed to what the caller may know of."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, demand: Demand) -> Demand:
        """Store a new demand."""
        self._session.add(demand)
        await self._session.flush()
        return demand

    async def get(
        self, demand_id: UUID, *, visible_to: Principal, for_update: bool = False, pointer: str = "path/demand_id"
    ) -> Demand:
        """
        Return a demand; for a change one that the caller keeps, locked and fresh.

        :raises DemandNotFound: if there is none, or the caller may not know of it
        :raises OutOfScope: if it is to be changed and the caller only sees it as everybody does
        """
        query = select(Demand).where(Demand.id == demand_id)
        narrowed = _locked(query.where(kept_by(visible_to))) if for_update else query.where(_visible_to(visible_to))
        found: Demand | None = (await self._session.execute(narrowed)).scalar_one_or_none()
        if found is not None:
            return found
        if for_update and (await self._session.execute(query.where(_visible_to(visible_to)))).first():
            raise OutOfScope(pointer=pointer)
        raise DemandNotFound(pointer=pointer)

    async def list_page(self, *, visible_to: Principal, wanted: DemandFilter, page: PageRequest) -> Slice[Demand]:
        """Return a page of the demands that the caller may know of, newest first."""
        query = select(Demand).where(_visible_to(visible_to), *_conditions(wanted, visible_to))
        return await read_page(self._session, query, order=[Sort(column=Demand.id, descending=True)], page=page)

    async def find_by_numbers(self, office: str, numbers: Sequence[str]) -> dict[str, Demand]:
        """Return, locked, the demands that an office entered under these numbers, by number in capitals."""
        folded = [number.upper() for number in numbers]
        query = (
            select(Demand)
            .where(Demand.office == office, func.upper(Demand.source_number).in_(folded))
            .order_by(Demand.id)
        )
        return {str(one.source_number).upper(): one for one in (await self._session.execute(_locked(query))).scalars()}

    async def lock_all(self, demand_ids: Collection[UUID]) -> dict[UUID, Demand]:
        """Return, locked in their order, the demands that the platform itself will count anew."""
        query = select(Demand).where(Demand.id.in_(demand_ids)).order_by(Demand.id)
        return {one.id: one for one in (await self._session.execute(_locked(query))).scalars()}

    async def lock_expired(self, today: date, limit: int) -> list[Demand]:
        """Return, locked, some open demands whose last day is over; those locked by others wait for the next time."""
        over = (Demand.status.in_(OPEN_STATES), Demand.ends_on < today)
        query = select(Demand).where(*over).order_by(Demand.id).limit(limit).with_for_update(skip_locked=True)
        return list((await self._session.execute(query)).scalars())

    async def list_public_after(self, after: UUID | None, limit: int) -> list[Demand]:
        """Return up to ``limit`` demands that everybody of the business may see, by id, for the public snapshot."""
        query = select(Demand).where(Demand.status.in_(PUBLISHED_STATES)).order_by(Demand.id).limit(limit)
        if after:
            query = query.where(Demand.id > after)
        return list((await self._session.execute(query)).scalars())

    async def list_announced_after(self, after: UUID | None, limit: int) -> list[Demand]:
        """Return up to ``limit`` demands that were ever submitted, by id, for the feed's snapshot."""
        query = select(Demand).where(Demand.submitted_by.is_not(None)).order_by(Demand.id).limit(limit)
        if after:
            query = query.where(Demand.id > after)
        return list((await self._session.execute(query)).scalars())

    async def add_survey_record(self, record: SurveyRecord) -> SurveyRecord:
        """Store a survey step."""
        self._session.add(record)
        await self._session.flush()
        return record

    async def list_survey_records(
        self, demand_id: UUID, *, visible_to: Principal, page: PageRequest
    ) -> Slice[SurveyRecord]:
        """
        Return a page of the survey steps of a demand, in the order in which they were recorded.

        :raises DemandNotFound: if the caller does not see all of the demand
        """
        known = select(Demand.id).where(Demand.id == demand_id, kept_by(visible_to))
        if (await self._session.execute(known)).first() is None:
            raise DemandNotFound(pointer="path/demand_id")
        query = select(SurveyRecord).where(SurveyRecord.demand_id == demand_id)
        return await read_page(self._session, query, order=[Sort(column=SurveyRecord.id)], page=page)


def _visible_to(by: Principal) -> ColumnElement[bool]:
    return or_(Demand.status.in_(PUBLISHED_STATES), kept_by(by))


def _locked(query: Select[Any]) -> Select[Any]:
    return query.with_for_update().execution_options(populate_existing=True)


def _conditions(wanted: DemandFilter, by: Principal) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status:
        conditions.append(Demand.status.in_(wanted.status))
    if wanted.division:
        conditions.append(Demand.division.startswith(scope_prefix(wanted.division), autoescape=True))
    if wanted.field:
        conditions.append(Demand.fields.contains([wanted.field.value]))
    if wanted.import_id:
        # Only who keeps it is shown it: others must not learn what came in one file.
        conditions += [Demand.import_id == wanted.import_id, kept_by(by)]
    if wanted.source_number:
        conditions.append(func.upper(Demand.source_number) == wanted.source_number.upper())
    if wanted.q:
        sought = search_query(wanted.q)
        conditions.append(Demand.search.op("@@")(cast(sought, TSQUERY)) if sought else false())
    return conditions
