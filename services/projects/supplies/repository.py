"""All SQL about supplies."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, cast, false, func, or_, select, true
from sqlalchemy.dialects.postgresql import TSQUERY

from services.projects.organizations.models import Organization
from services.projects.supplies.errors import SupplyNotFound
from services.projects.supplies.models import EXPIRING_STATES, LISTED_STATES, Supply
from services.projects.supplies.schemas import SupplyFilter
from shared.auth.errors import OutOfScope
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page
from shared.search import search_query


def kept_by(by: Principal) -> ColumnElement[bool]:
    """Return the condition for supplies that the caller keeps: it sees everything of them and may change them."""
    # The service role comes here for commitments alone: no route shows it a supply.
    if by.role in {Role.PROVINCIAL_OFFICER, Role.SERVICE}:
        return true()
    if by.role is Role.ORGANIZATION and by.organization_id:
        return Supply.organization_id == by.organization_id
    if by.role is Role.CIVIL_AFFAIRS_OFFICER and by.prefix is not None:
        recorded_here = Organization.record_division.startswith(by.prefix, autoescape=True)
        return Supply.organization_id.in_(select(Organization.id).where(recorded_here))
    return false()


def supervised_by(by: Principal) -> ColumnElement[bool]:
    """Return the condition for supplies of a supervising unit's organization; a draft is still the latter's own."""
    if by.role is Role.SUPERVISING_UNIT and by.organization_id:
        return and_(Supply.organization_id == by.organization_id, Supply.submitted_by.is_not(None))
    return false()


def seen_whole_by(by: Principal) -> ColumnElement[bool]:
    """Return the condition for supplies of which the caller sees everything."""
    return or_(kept_by(by), supervised_by(by))


class SupplyRepository:
    """Supplies of one session, narrowed to what the caller may know of."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, supply: Supply) -> Supply:
        """Store a new supply."""
        self._session.add(supply)
        await self._session.flush()
        return supply

    async def get(
        self, supply_id: UUID, *, visible_to: Principal, for_update: bool = False, pointer: str = "path/supply_id"
    ) -> Supply:
        """
        Return a supply; for a change one that the caller keeps, locked and fresh.

        :raises SupplyNotFound: if there is none, or the caller may not know of it
        :raises OutOfScope: if it is to be changed and the caller only sees it as everybody does
        """
        query = select(Supply).where(Supply.id == supply_id)
        narrowed = _locked(query.where(kept_by(visible_to))) if for_update else query.where(_visible_to(visible_to))
        found: Supply | None = (await self._session.execute(narrowed)).scalar_one_or_none()
        if found is not None:
            return found
        if for_update and (await self._session.execute(query.where(_visible_to(visible_to)))).first():
            raise OutOfScope(pointer=pointer)
        raise SupplyNotFound(pointer=pointer)

    async def get_supervised(self, supply_id: UUID, *, by: Principal, pointer: str) -> Supply:
        """
        Return a supply of the organization that a supervising unit guides.

        :raises SupplyNotFound: if there is none, or the caller may not know of it
        :raises OutOfScope: if the caller only sees it as everybody does
        """
        supply = await self.get(supply_id, visible_to=by, pointer=pointer)
        if supply.organization_id != by.organization_id:
            raise OutOfScope(pointer=pointer)
        return supply

    async def list_page(self, *, visible_to: Principal, wanted: SupplyFilter, page: PageRequest) -> Slice[Supply]:
        """Return a page of the supplies that the caller may know of, newest first."""
        query = select(Supply).where(_visible_to(visible_to), *_conditions(wanted, visible_to))
        return await read_page(self._session, query, order=[Sort(column=Supply.id, descending=True)], page=page)

    async def kept_among(self, supply_ids: Sequence[UUID], by: Principal) -> set[UUID]:
        """Return those of the supplies of which the caller sees everything."""
        query = select(Supply.id).where(Supply.id.in_(supply_ids), seen_whole_by(by))
        return set((await self._session.execute(query)).scalars())

    async def find_by_numbers(self, office: str, numbers: Sequence[str]) -> dict[str, Supply]:
        """Return, locked, the supplies that an office entered under these numbers, by number in capitals."""
        folded = [number.upper() for number in numbers]
        query = (
            select(Supply)
            .where(Supply.office == office, func.upper(Supply.source_number).in_(folded))
            .order_by(Supply.id)
        )
        return {str(one.source_number).upper(): one for one in (await self._session.execute(_locked(query))).scalars()}

    async def lock_all(self, supply_ids: Collection[UUID]) -> dict[UUID, Supply]:
        """Return, locked in their order, the supplies that the platform itself will count anew."""
        query = select(Supply).where(Supply.id.in_(supply_ids)).order_by(Supply.id)
        return {one.id: one for one in (await self._session.execute(_locked(query))).scalars()}

    async def find_expired(self, today: date, limit: int) -> list[UUID]:
        """Return some supplies whose last day is over, not locked yet."""
        query = select(Supply.id).where(*_is_over(today)).order_by(Supply.id).limit(limit)
        return [*(await self._session.execute(query)).scalars()]

    async def lock_expired(self, today: date, *, among: Sequence[UUID]) -> list[Supply]:
        """Return, locked, those whose last day is over; those locked by others wait for the next time."""
        over = select(Supply).where(Supply.id.in_(among), *_is_over(today)).order_by(Supply.id)
        query = over.with_for_update(skip_locked=True).execution_options(populate_existing=True)
        return [*(await self._session.execute(query)).scalars()]

    async def list_public_after(self, after: UUID | None, limit: int) -> list[Supply]:
        """Return up to ``limit`` supplies that everybody of the business may see, by id, for the public snapshot."""
        query = select(Supply).where(Supply.status.in_(LISTED_STATES)).order_by(Supply.id).limit(limit)
        if after:
            query = query.where(Supply.id > after)
        return [*(await self._session.execute(query)).scalars()]

    async def list_announced_after(self, after: UUID | None, limit: int) -> list[Supply]:
        """Return up to ``limit`` supplies that were ever submitted, by id, for the feed's snapshot."""
        query = select(Supply).where(Supply.submitted_by.is_not(None)).order_by(Supply.id).limit(limit)
        if after:
            query = query.where(Supply.id > after)
        return [*(await self._session.execute(query)).scalars()]


def _visible_to(by: Principal) -> ColumnElement[bool]:
    return or_(Supply.status.in_(LISTED_STATES), seen_whole_by(by))


def _is_over(today: date) -> tuple[ColumnElement[bool], ...]:
    return Supply.status.in_(EXPIRING_STATES), Supply.ends_on < today


def _locked(query: Select[Any]) -> Select[Any]:
    return query.with_for_update().execution_options(populate_existing=True)


def _conditions(wanted: SupplyFilter, by: Principal) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status:
        conditions.append(Supply.status.in_(wanted.status))
    if wanted.organization_id:
        conditions.append(Supply.organization_id == wanted.organization_id)
    if wanted.field:
        conditions.append(Supply.fields.contains([wanted.field.value]))
    if wanted.import_id:
        # Only who keeps it is shown it: others must not learn what came in one file.
        conditions += [Supply.import_id == wanted.import_id, kept_by(by)]
    if wanted.source_number:
        conditions.append(func.upper(Supply.source_number) == wanted.source_number.upper())
    if wanted.q:
        sought = search_query(wanted.q)
        conditions.append(Supply.search.op("@@")(cast(sought, TSQUERY)) if sought else false())
    return conditions
