"""All SQL about pairings."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, cast, delete, false, func, or_, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from services.matching.deliveries.models import Delivery
from services.matching.pairings.errors import PairingNotFound, PairingUnderway
from services.matching.pairings.models import AGREED, ENDED, PENDING, UNFINISHED, Closure, Pairing, PairingEvent, Side
from services.matching.pairings.schemas import PairingFilter
from shared.auth.principals import Principal
from shared.china.divisions import scope_prefix
from shared.clock import LEGAL_ZONE
from shared.contracts.codes import Answer, PairingOrigin, PairingPhase, PairingStatus, Role
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page


class PairingRepository:
    """Pairings of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, pairing: Pairing) -> Pairing:
        """
        Store a new pairing.

        :raises PairingUnderway: if its demand and supply have an unfinished one, or its predecessor a successor
        """
        try:
            async with self._session.begin_nested():
                self._session.add(pairing)
        except IntegrityError:
            raise PairingUnderway from None
        return pairing

    def add_event(self, event: PairingEvent) -> None:
        """Store a line of history."""
        self._session.add(event)

    async def get(
        self, pairing_id: UUID, *, visible_to: Principal, for_update: bool = False, with_history: bool = False
    ) -> Pairing:
        """
        Return a pairing of the caller's side, locked if it will be changed.

        :raises PairingNotFound: if there is none for this caller
        """
        query = select(Pairing).where(Pairing.id == pairing_id, kept_by(visible_to))
        if with_history:
            query = query.options(selectinload(Pairing.history)).execution_options(populate_existing=True)
        return await self._one(query, for_update)

    async def get_for_worker(self, pairing_id: UUID, *, for_update: bool = False) -> Pairing:
        """
        Return a pairing for the worker.

        :raises PairingNotFound: if there is none
        """
        return await self._one(select(Pairing).where(Pairing.id == pairing_id), for_update)

    async def list_page(self, wanted: PairingFilter, *, visible_to: Principal, page: PageRequest) -> Slice[Pairing]:
        """Return a page of the pairings of the caller's side, the newest first."""
        query = select(Pairing).where(kept_by(visible_to))
        if wanted.status:
            query = query.where(Pairing.status.in_(wanted.status))
        if wanted.phase:
            query = query.where(_in_phase(wanted.phase))
        if wanted.hold_reason:
            query = query.where(or_(*[Pairing.hold_reasons.contains([{"code": one}]) for one in wanted.hold_reason]))
        for name in ("demand_division", "record_division"):
            if (place := getattr(wanted, name)) is not None:
                within = getattr(Pairing, name).startswith(scope_prefix(place), autoescape=True)
                query = query.where(within)
        for name in ("demand_id", "supply_id", "organization_id", "run_id"):
            if (value := getattr(wanted, name)) is not None:
                query = query.where(getattr(Pairing, name) == value)
        return await read_page(self._session, query, order=[Sort(column=Pairing.id, descending=True)], page=page)

    async def lock_open_of(
        self,
        *,
        demand_ids: Iterable[UUID] = (),
        supply_ids: Iterable[UUID] = (),
        organization_ids: Iterable[UUID] = (),
    ) -> list[Pairing]:
        """Lock and return the pairings of demands, supplies and organizations that can still be withdrawn, by id."""
        query = select(Pairing).where(
            Pairing.status.in_((PairingStatus.ON_HOLD, PairingStatus.OPEN)),
            or_(
                Pairing.demand_id.in_(set(demand_ids)),
                Pairing.supply_id.in_(set(supply_ids)),
                Pairing.organization_id.in_(set(organization_ids)),
            ),
        )
        query = query.order_by(Pairing.id).with_for_update().execution_options(populate_existing=True)
        return list((await self._session.execute(query)).scalars())

    async def lock_overdue(self, today: date, *, limit: int) -> list[Pairing]:
        """Lock and return open pairings whose time is over on a legal day and which no other worker holds."""
        query = select(Pairing).where(Pairing.status == PairingStatus.OPEN, Pairing.last_answer_on < today)
        query = query.order_by(Pairing.id).limit(limit).with_for_update(skip_locked=True)
        return list((await self._session.execute(query)).scalars())

    async def list_tried(self, demand_id: UUID | None = None) -> set[tuple[UUID, UUID]]:
        """Return every demand and supply that had a pairing, unless a race or a closing alone ended it."""
        taken_back = and_(Pairing.status == PairingStatus.WITHDRAWN, Pairing.reason.in_([*Closure]))
        query = select(Pairing.demand_id, Pairing.supply_id).where(
            Pairing.status != PairingStatus.LOST_RACE, ~func.coalesce(taken_back, false())
        )
        if demand_id is not None:
            query = query.where(Pairing.demand_id == demand_id)
        return {(demand, supply) for demand, supply in (await self._session.execute(query)).all()}

    async def count_pending(self, column: str, statuses: Iterable[PairingStatus] = PENDING) -> dict[UUID, int]:
        """Count by ``demand_id`` or ``supply_id`` the pairings that may still take a place or a unit."""
        key = getattr(Pairing, column)
        query = (
            select(key.label("key"), func.count().label("number"))
            .where(Pairing.status.in_(tuple(statuses)))
            .group_by(key)
        )
        return {row.key: row.number for row in (await self._session.execute(query)).all()}

    async def has_unfinished(self, demand_id: UUID, supply_id: UUID, *, visible_to: Principal | None = None) -> bool:
        """Tell whether a demand and a supply have an unfinished pairing, or one that a caller sees."""
        query = select(Pairing.id).where(
            Pairing.demand_id == demand_id,
            Pairing.supply_id == supply_id,
            Pairing.status.in_(UNFINISHED),
            kept_by(visible_to) if visible_to else true(),
        )
        return (await self._session.execute(query)).first() is not None

    async def find_proposer(self, pairing_id: UUID) -> str | None:
        """Return who proposed a pairing: a client, or the platform itself."""
        query = select(PairingEvent.by_subject).where(PairingEvent.pairing_id == pairing_id)
        return (await self._session.execute(query.order_by(PairingEvent.id).limit(1))).scalar_one_or_none()

    async def find_agreement(self, pairing_id: UUID, side: Side) -> str | None:
        """Return the signature under which a side agreed, if it did."""
        agreed = (PairingEvent.side == side, PairingEvent.answer == Answer.AGREED)
        query = select(PairingEvent.by_subject).where(PairingEvent.pairing_id == pairing_id, *agreed)
        return (await self._session.execute(query.order_by(PairingEvent.id).limit(1))).scalar_one_or_none()

    async def has_successor(self, pairing_id: UUID) -> bool:
        """Tell whether the next best was already proposed after a pairing."""
        query = select(Pairing.id).where(Pairing.previous_pairing_id == pairing_id)
        return (await self._session.execute(query)).first() is not None

    async def delete_deliveries(self, *, before: datetime, limit: int) -> int:
        """Forget some ended deliveries of before an instant and return how many; those of a living pairing stay."""
        # A withdrawal is sent to whoever was told of the pairing, and the deliveries say who that was.
        living = select(Pairing.id).where(Pairing.id == Delivery.pairing_id, Pairing.status.in_(UNFINISHED))
        old = (
            select(Delivery.id)
            .where(
                Delivery.created_at < before, Delivery.status.in_(Delivery.ENDED), ~living.correlate(Delivery).exists()
            )
            .limit(limit)
        )
        forget = delete(Delivery).where(Delivery.id.in_(old))
        return int((await self._session.execute(forget)).rowcount)  # type: ignore[attr-defined]

    async def _one(self, query: Any, for_update: bool) -> Pairing:
        if for_update:
            query = query.with_for_update().execution_options(populate_existing=True)
        found: Pairing | None = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise PairingNotFound(pointer="path/pairing_id")
        return found


def kept_by(by: Principal) -> ColumnElement[bool]:
    """Narrow to the caller's side; what is on hold is known to its initiator and to the offices themselves only."""
    shown = Pairing.opened_at.is_not(None)
    if by.role in (Role.PROVINCIAL_OFFICER, Role.SERVICE):
        return true()
    if by.role in (Role.RURAL_OFFICER, Role.VILLAGE_EDITOR) and by.prefix is not None:
        mine = Pairing.demand_division.startswith(by.prefix, autoescape=True)
        return and_(mine, or_(shown, Pairing.origin == PairingOrigin.ORDERED))
    if by.role is Role.ORGANIZATION and by.organization_id:
        mine = Pairing.organization_id == by.organization_id
        return and_(mine, or_(shown, Pairing.origin == PairingOrigin.TAKEN))
    if by.role is Role.CIVIL_AFFAIRS_OFFICER and by.prefix is not None:
        mine = Pairing.record_division.startswith(by.prefix, autoescape=True)
        return mine if by.sees_official_fields else and_(mine, shown)
    return false()


def proposed_within(first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    """Narrow to what was proposed from a first to a last legal day, both included; the database knows any day."""
    day = cast(func.timezone(LEGAL_ZONE.key, Pairing.created_at), Date)
    bounds = [] if first is None else [day >= first]
    return bounds if last is None else [*bounds, day <= last]


def _in_phase(phase: PairingPhase) -> ColumnElement[bool]:
    demand, supply = Pairing.demand_answer.is_not(None), Pairing.supply_answer.is_not(None)
    early = Pairing.status.in_((PairingStatus.ON_HOLD, PairingStatus.OPEN))
    return {
        PairingPhase.ENDED: Pairing.status.in_(ENDED),
        PairingPhase.AGREED: Pairing.status.in_(AGREED),
        PairingPhase.IN_TALKS: and_(early, demand, supply),
        PairingPhase.AWAITING_SUPPLY: and_(early, demand, ~supply),
        PairingPhase.AWAITING_DEMAND: and_(early, ~demand, supply),
        PairingPhase.PROPOSED: and_(early, ~demand, ~supply),
    }[phase]
