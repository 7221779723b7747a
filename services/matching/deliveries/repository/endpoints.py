"""All SQL about endpoints that are sent to: their lease, what is next, and their end."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select, true, update
from sqlalchemy.orm import aliased, joinedload, undefer

from services.matching.deliveries.errors import LeaseLost
from services.matching.deliveries.models import Delivery, DeliveryStatus, Lease
from services.matching.deliveries.repository.listeners import ACTIVE
from services.matching.subscriptions.models import BURST, OrderMode, Subscription, SubscriptionStatus
from shared.contracts.matching import PLATFORM_PING
from shared.db import Session


def _is_due(at: datetime, *, is_strict: ColumnElement[bool], has_consented: ColumnElement[bool]) -> ColumnElement[bool]:
    """
    Due, and no earlier delivery of the same pairing to the same endpoint still waits.

    At a strict endpoint no earlier delivery at all; pings stand outside of every order, and need no consent.
    """
    earlier, any_earlier = aliased(Delivery), aliased(Delivery)
    waits = exists().where(
        earlier.subscription_id == Delivery.subscription_id,
        earlier.pairing_id == Delivery.pairing_id,
        earlier.status == DeliveryStatus.PENDING,
        earlier.seq < Delivery.seq,
    )
    waits_for_all = exists().where(
        any_earlier.subscription_id == Delivery.subscription_id,
        any_earlier.event_type != PLATFORM_PING,
        any_earlier.status == DeliveryStatus.PENDING,
        any_earlier.seq < Delivery.seq,
    )
    is_ping = Delivery.event_type == PLATFORM_PING
    return and_(
        Delivery.status == DeliveryStatus.PENDING,
        Delivery.next_attempt_at <= at,
        ~waits,
        or_(has_consented, is_ping),
        or_(~is_strict, is_ping, ~waits_for_all),
    )


class EndpointRepository:
    """The subscriptions as the worker serves them, and what it sends to them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def lease_endpoints(self, *, most: int, lasts: timedelta) -> list[Lease]:
        """
        Lease endpoints that have something due, the longest unserved first; the database's clock decides.

        A resting endpoint is leased only for what somebody asked to be sent at once.
        """
        at: datetime = (await self._session.execute(select(func.now()))).scalar_one()
        awake = or_(Subscription.next_attempt_at.is_(None), Subscription.next_attempt_at <= at)
        is_due = _is_due(
            at,
            is_strict=Subscription.order_mode == OrderMode.ENDPOINT,
            has_consented=Subscription.consented_at.is_not(None),
        )
        due = (Delivery.subscription_id == Subscription.id, is_due)
        query = (
            select(Subscription)
            .where(
                ACTIVE,
                or_(Subscription.lease_until.is_(None), Subscription.lease_until <= at),
                or_(Subscription.paced_until.is_(None), Subscription.paced_until <= at + BURST),
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
        is_due = _is_due(
            at,
            is_strict=literal(endpoint.order_mode is OrderMode.ENDPOINT),
            has_consented=literal(endpoint.consented_at is not None),
        )
        query = (
            select(Delivery)
            .where(Delivery.subscription_id == endpoint.id, is_due, wanted)
            .order_by(Delivery.at_once.desc(), Delivery.seq)
            .limit(1)
            .options(joinedload(Delivery.event))
            .with_for_update(of=Delivery)
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def get_leased(self, delivery_id: UUID) -> Delivery:
        """Return the delivery that a worker attempted, locked, with its log; its endpoint is held, so it is there."""
        query = select(Delivery).where(Delivery.id == delivery_id).with_for_update()
        query = query.options(undefer(Delivery.attempt_log))
        return (await self._session.execute(query)).scalar_one()

    async def lock_ended(self, *, grants: Collection[UUID], at: datetime) -> Sequence[Subscription]:
        """Return the subscriptions, locked, that still stand as active though their grant was revoked or has ended."""
        ended = or_(Subscription.grant_id.in_(grants), Subscription.grant_ends_at <= at)
        query = select(Subscription).where(Subscription.status == SubscriptionStatus.ACTIVE, ended)
        locked = query.order_by(Subscription.id).with_for_update(key_share=True)
        return (await self._session.execute(locked)).scalars().all()

    async def give_up_all(self, endpoint: Subscription) -> int:
        """End everything that still waits for an endpoint, and return how many."""
        given_up = await self._session.execute(
            update(Delivery)
            .where(Delivery.subscription_id == endpoint.id, Delivery.status == DeliveryStatus.PENDING)
            .values(status=DeliveryStatus.DEAD, next_attempt_at=None)
        )
        return int(given_up.rowcount)  # type: ignore[attr-defined]
