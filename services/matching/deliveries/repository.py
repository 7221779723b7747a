"""All SQL about deliveries, and the lease of an endpoint."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, true, update
from sqlalchemy.orm import aliased, joinedload

from services.matching.deliveries.errors import DeliveryNotFound, LeaseLost
from services.matching.deliveries.models import (
    WITHDRAWN,
    Audience,
    Delivery,
    DeliveryStatus,
    Lease,
    PushEvent,
    scope_prefixes,
)
from services.matching.deliveries.schemas import DeliveryFilter
from services.matching.subscriptions.models import OwnerKind, Subscription, SubscriptionStatus, owner_of
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.contracts.matching import READ_BY, pairing_event
from shared.contracts.scopes import SCOPE_OF_ACTION
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page

DEMAND_SIDE = (Role.RURAL_OFFICER, Role.VILLAGE_EDITOR, Role.PROVINCIAL_OFFICER)
ON_HOLD = pairing_event("on_hold")
ACTIVE = and_(
    Subscription.status == SubscriptionStatus.ACTIVE,
    or_(Subscription.grant_ends_at.is_(None), Subscription.grant_ends_at > func.now()),
)


def _subscribed_to(event_type: str) -> ColumnElement[bool]:
    patterns = [event_type, *(f"{event_type.rsplit('.', cut)[0]}.*" for cut in range(1, event_type.count(".") + 1))]
    return and_(ACTIVE, Subscription.event_types.overlap(patterns), _may_be_read(event_type))


def _may_be_read(event_type: str) -> ColumnElement[bool]:
    """``Subscription.hears`` as SQL."""
    own, action = Subscription.grant_id.is_(None), READ_BY[event_type]
    scope = SCOPE_OF_ACTION.get(action or "")
    if action is None:
        return true()
    return or_(own, Subscription.grant_scopes.contains([scope.value])) if scope else own


def _hears(audience: Audience, event_type: str) -> ColumnElement[bool]:
    office: ColumnElement[bool] = Subscription.owner_kind == OwnerKind.OFFICE
    demand_side: ColumnElement[bool] = Subscription.owner_role.in_(DEMAND_SIDE)
    # What was never shown is nobody's business but the offices' that may release it.
    organization: ColumnElement[bool] = Subscription.organization_id == audience.organization_id
    if event_type == ON_HOLD and not audience.sides_know:
        demand_side = Subscription.owner_role == Role.PROVINCIAL_OFFICER
        organization = ~true()
        # Nor an application's that acts for one: it knows what the sides know.
        office = and_(office, Subscription.grant_id.is_(None))
    return and_(
        _subscribed_to(event_type),
        or_(
            organization,
            and_(office, demand_side, Subscription.scope_prefix.in_(scope_prefixes(audience.demand_division))),
            and_(
                office,
                Subscription.owner_role == Role.CIVIL_AFFAIRS_OFFICER,
                Subscription.scope_prefix.in_(scope_prefixes(audience.record_division)),
            ),
        ),
    )


def _is_due(at: datetime) -> ColumnElement[bool]:
    """Due, and no earlier delivery of the same pairing to the same endpoint still waits."""
    earlier = aliased(Delivery)
    waits = exists().where(
        earlier.subscription_id == Delivery.subscription_id,
        earlier.pairing_id == Delivery.pairing_id,
        earlier.status == DeliveryStatus.PENDING,
        earlier.seq < Delivery.seq,
    )
    return and_(Delivery.status == DeliveryStatus.PENDING, Delivery.next_attempt_at <= at, ~waits)


class DeliveryRepository:
    """Deliveries of one session; owners see those to their own subscriptions, the worker all."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def find_listeners(self, event_type: str, audience: Audience) -> list[UUID]:
        """Return the subscriptions that hear an event of a pairing; they cannot be deleted before the commit."""
        query = select(Subscription.id).where(_hears(audience, event_type)).order_by(Subscription.id)
        locked = query.with_for_update(read=True, key_share=True)
        return list((await self._session.execute(locked)).scalars())

    async def find_province(self, event_type: str) -> list[UUID]:
        """Return the subscriptions of provincial officers that hear an event; they cannot be deleted before commit."""
        query = select(Subscription.id).where(
            _subscribed_to(event_type), Subscription.owner_role == Role.PROVINCIAL_OFFICER
        )
        locked = query.order_by(Subscription.id).with_for_update(read=True, key_share=True)
        return list((await self._session.execute(locked)).scalars())

    async def find_told(self, pairing_id: UUID) -> list[UUID]:
        """Return the subscriptions with any delivery of a pairing; they cannot be deleted before the commit."""
        told = exists().where(Delivery.subscription_id == Subscription.id, Delivery.pairing_id == pairing_id)
        query = select(Subscription.id).where(ACTIVE, told).order_by(Subscription.id)
        locked = query.with_for_update(read=True, key_share=True)
        return list((await self._session.execute(locked)).scalars())

    async def supersede_waiting(self, pairing_id: UUID) -> set[UUID]:
        """Leave unsent what still waits of a pairing, and return the subscriptions for which something waited."""
        statement = (
            update(Delivery)
            .where(Delivery.pairing_id == pairing_id, Delivery.status == DeliveryStatus.PENDING)
            .values(status=DeliveryStatus.SUPERSEDED, next_attempt_at=None)
            .returning(Delivery.subscription_id)
        )
        return set((await self._session.execute(statement)).scalars())

    async def list_reached(self, pairing_id: UUID) -> set[UUID]:
        """Return the subscriptions to which anything of a pairing was ever tried to be sent: they may know of it."""
        query = select(Delivery.subscription_id).where(
            Delivery.pairing_id == pairing_id, Delivery.last_attempt_at.is_not(None)
        )
        return set((await self._session.execute(query)).scalars())

    async def add(
        self, event: PushEvent, listeners: Iterable[UUID], *, at: datetime, at_once: bool = False
    ) -> list[Delivery]:
        """Store an event and a delivery of it to each listener."""
        self._session.add(event)
        await self._session.flush()
        deliveries = [Delivery.of(event, subscription_id, at=at, at_once=at_once) for subscription_id in listeners]
        self._session.add_all(deliveries)
        await self._session.flush()
        return deliveries

    async def get(self, delivery_id: UUID, *, visible_to: Principal) -> tuple[Delivery, Subscription]:
        """
        Return a delivery, locked, and its subscription of the caller's own.

        :raises DeliveryNotFound: if there is none
        """
        query = (
            select(Delivery, Subscription)
            .join(Subscription, Subscription.id == Delivery.subscription_id)
            .where(Delivery.id == delivery_id, Subscription.owner == owner_of(visible_to).key)
            .with_for_update(of=Delivery)
        )
        found = (await self._session.execute(query)).one_or_none()
        if found is None:
            raise DeliveryNotFound(pointer="path/delivery_id")
        return found[0], found[1]

    async def lease_endpoints(self, *, most: int, lasts: timedelta) -> list[Lease]:
        """
        Lease endpoints that have something due, the longest unserved first; the database's clock decides.

        A resting endpoint is leased only for what somebody asked to be sent at once.
        """
        at: datetime = (await self._session.execute(select(func.now()))).scalar_one()
        awake = or_(Subscription.next_attempt_at.is_(None), Subscription.next_attempt_at <= at)
        due = (Delivery.subscription_id == Subscription.id, _is_due(at))
        query = (
            select(Subscription)
            .where(
                ACTIVE,
                or_(Subscription.lease_until.is_(None), Subscription.lease_until <= at),
                or_(and_(awake, exists().where(*due)), exists().where(*due, Delivery.at_once)),
            )
            .order_by(Subscription.lease_until.nulls_first())
            .limit(most)
            .with_for_update(skip_locked=True, key_share=True)
        )
        endpoints = (await self._session.execute(query)).scalars().all()
        leases = [Lease(endpoint.id, endpoint.lease(until=at + lasts), endpoint.grant_id) for endpoint in endpoints]
        await self._session.flush()
        return leases

    async def hold_endpoint(self, lease: Lease, *, lasts: timedelta) -> Subscription:
        """
        Return a leased endpoint, locked, with the lease made longer by the database's clock.

        :raises LeaseLost: if another worker has leased it since, or it was deleted
        """
        query = (
            select(Subscription, func.now())
            .where(Subscription.id == lease.subscription_id, Subscription.fencing_token == lease.fencing_token)
            .with_for_update(key_share=True, of=Subscription)
        )
        found = (await self._session.execute(query)).one_or_none()
        if found is None:
            raise LeaseLost
        endpoint: Subscription = found[0]
        endpoint.lease_until = found[1] + lasts
        return endpoint

    async def find_next(self, endpoint: Subscription, *, at: datetime) -> Delivery | None:
        """
        Return the first due delivery of an endpoint with its event, in the order of events.

        What somebody asked to be sent at once comes before the others; to a resting endpoint, it alone.
        """
        wanted = Delivery.at_once if endpoint.rests(at=at) else true()
        query = (
            select(Delivery)
            .where(Delivery.subscription_id == endpoint.id, _is_due(at), wanted)
            .order_by(Delivery.at_once.desc(), Delivery.seq)
            .limit(1)
            .options(joinedload(Delivery.event))
            .with_for_update(of=Delivery)
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def get_leased(self, delivery_id: UUID) -> Delivery:
        """Return the delivery that a worker attempted, locked; its endpoint is held, so it is there."""
        query = select(Delivery).where(Delivery.id == delivery_id).with_for_update()
        return (await self._session.execute(query)).scalar_one()

    async def is_withdrawn(self, delivery: Delivery) -> bool:
        """Tell whether the delivery's pairing was withdrawn after the event that it tells of."""
        if delivery.pairing_id is None:
            return False
        later = exists().where(
            PushEvent.pairing_id == delivery.pairing_id, PushEvent.seq > delivery.seq, PushEvent.type == WITHDRAWN
        )
        return bool((await self._session.execute(select(later))).scalar_one())

    async def lock_ended(self, *, grants: Collection[UUID], at: datetime) -> Sequence[Subscription]:
        """Return the subscriptions, locked, that still stand as active though their grant was revoked or has ended."""
        ended = or_(Subscription.grant_id.in_(grants), Subscription.grant_ends_at <= at)
        query = select(Subscription).where(Subscription.status == SubscriptionStatus.ACTIVE, ended)
        locked = query.order_by(Subscription.id).with_for_update(key_share=True)
        return (await self._session.execute(locked)).scalars().all()

    async def give_up_all(self, endpoint: Subscription) -> None:
        """End everything that still waits for an endpoint."""
        await self._session.execute(
            update(Delivery)
            .where(Delivery.subscription_id == endpoint.id, Delivery.status == DeliveryStatus.PENDING)
            .values(status=DeliveryStatus.DEAD, next_attempt_at=None)
        )

    async def delete_events(self, *, before: datetime, limit: int) -> int:
        """Forget some events of before an instant that no delivery refers to any more and return how many."""
        told = exists().where(Delivery.event_id == PushEvent.id)
        old = select(PushEvent.id).where(PushEvent.occurred_at < before, ~told).limit(limit)
        forget = delete(PushEvent).where(PushEvent.id.in_(old))
        return int((await self._session.execute(forget)).rowcount)  # type: ignore[attr-defined]

    async def list(self, *, wanted: DeliveryFilter, visible_to: Principal, page: PageRequest) -> Slice[Delivery]:
        """Return a page of deliveries to the caller's own subscriptions, newest first."""
        own = select(Subscription.id).where(Subscription.owner == owner_of(visible_to).key)
        query = select(Delivery).where(Delivery.subscription_id.in_(own))
        for name, value in wanted.model_dump(exclude_none=True).items():
            query = query.where(getattr(Delivery, name) == value)
        order = [Sort(column=Delivery.id, descending=True)]
        return await read_page(self._session, query, order=order, page=page)
