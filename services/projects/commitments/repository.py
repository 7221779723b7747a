"""All SQL about commitments."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from services.projects.commitments.errors import CommitmentDiffers, CommitmentNotFound
from services.projects.commitments.models import HOLDING_STATES, Commitment
from services.projects.demands.models import Demand
from services.projects.demands.repository import kept_by as demand_kept_by
from services.projects.supplies.models import Supply
from services.projects.supplies.repository import kept_by as supply_kept_by
from shared.auth.principals import Principal
from shared.contracts.codes import CommitmentStatus
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page


class CommitmentRepository:
    """Commitments of one session; who sees all of the demand or of the supply sees what is held of it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, commitment: Commitment) -> Commitment:
        """
        Store a new commitment.

        :raises CommitmentDiffers: if another request for the same pairing was first, with another demand
        """
        try:
            async with self._session.begin_nested():
                self._session.add(commitment)
        except IntegrityError:
            raise CommitmentDiffers(pointer="/demand_id") from None
        return commitment

    async def find(self, pairing_id: UUID) -> Commitment | None:
        """Return what a pairing holds, for the service that asks to hold it."""
        query = select(Commitment).where(Commitment.pairing_id == pairing_id)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def get(self, pairing_id: UUID, *, visible_to: Principal, for_update: bool = False) -> Commitment:
        """
        Return what a pairing holds, locked and fresh if it will be changed.

        :raises CommitmentNotFound: if it holds nothing, or the caller may not know of it
        """
        query = select(Commitment).where(Commitment.pairing_id == pairing_id, _visible_to(visible_to))
        if for_update:
            query = query.with_for_update().execution_options(populate_existing=True)
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise CommitmentNotFound(pointer="path/pairing_id")
        return found

    async def list_page(
        self, *, visible_to: Principal, demand_id: UUID | None, supply_id: UUID | None, page: PageRequest
    ) -> Slice[Commitment]:
        """Return a page of commitments, newest first."""
        query = select(Commitment).where(_visible_to(visible_to))
        if demand_id:
            query = query.where(Commitment.demand_id == demand_id)
        if supply_id:
            query = query.where(Commitment.supply_id == supply_id)
        return await read_page(self._session, query, order=[Sort(column=Commitment.id, descending=True)], page=page)

    async def list_active(
        self, *, demand_ids: Sequence[UUID] = (), supply_ids: Sequence[UUID] = ()
    ) -> list[Commitment]:
        """Return, fresh, what pairings hold of some demands or supplies, for the platform that ends it."""
        of_them = or_(Commitment.demand_id.in_(demand_ids), Commitment.supply_id.in_(supply_ids))
        query = select(Commitment).where(of_them, Commitment.status == CommitmentStatus.ACTIVE).order_by(Commitment.id)
        return [*(await self._session.execute(query.execution_options(populate_existing=True))).scalars()]

    async def count_places_taken(self, demand_id: UUID) -> int:
        """Return how many places of a demand are held; its row must be locked."""
        return await self._count(Commitment.demand_id, demand_id)

    async def count_capacity_used(self, supply_id: UUID) -> int:
        """Return how many units of a supply are held; its row must be locked."""
        return await self._count(Commitment.supply_id, supply_id)

    async def list_after(self, after: UUID | None, limit: int) -> list[Commitment]:
        """Return up to ``limit`` commitments by id, for the feed's snapshot."""
        query = select(Commitment).order_by(Commitment.id).limit(limit)
        if after:
            query = query.where(Commitment.id > after)
        return [*(await self._session.execute(query)).scalars()]

    async def _count(self, column: InstrumentedAttribute[UUID], value: UUID) -> int:
        held = select(func.count()).where(column == value, Commitment.status.in_(HOLDING_STATES))
        return int((await self._session.execute(held)).scalar_one())


def _visible_to(by: Principal) -> ColumnElement[bool]:
    return or_(
        Commitment.demand_id.in_(select(Demand.id).where(demand_kept_by(by))),
        Commitment.supply_id.in_(select(Supply.id).where(supply_kept_by(by))),
    )
