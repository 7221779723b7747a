"""All SQL about deliveries and their events."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import aliased, undefer

from services.matching.deliveries.errors import DeliveryNotFound
from services.matching.deliveries.models import WITHDRAWN, Delivery, DeliveryStatus, PushEvent
from services.matching.deliveries.schemas import DeliveryFilter, DeliveryMetrics, RangeToRedeliver
from services.matching.subscriptions.models import Subscription, owner_of
from shared.auth.principals import Principal
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page


def first_id(at: datetime) -> UUID:
    """Return the least UUIDv7 that could be made at an instant."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


class DeliveryRepository:
    """Deliveries of one session; owners see those to their own subscriptions, the worker all."""

    def __init__(self, session: Session) -> None:
        self._session = session

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

    async def get(
        self, delivery_id: UUID, *, visible_to: Principal, for_update: bool = False
    ) -> tuple[Delivery, Subscription]:
        """
        Return a delivery with its log and its subscription of the caller's own; it is locked if it will be changed.

        :raises DeliveryNotFound: if there is none
        """
        query = (
            select(Delivery, Subscription)
            .join(Subscription, Subscription.id == Delivery.subscription_id)
            .where(Delivery.id == delivery_id, Subscription.owner == owner_of(visible_to).key)
            .options(undefer(Delivery.attempt_log))
        )
        if for_update:
            query = query.with_for_update(of=Delivery)
        found = (await self._session.execute(query)).one_or_none()
        if found is None:
            raise DeliveryNotFound(pointer="path/delivery_id")
        return found[0], found[1]

    async def get_body(self, delivery: Delivery) -> bytes:
        """Return what a delivery sends."""
        query = select(PushEvent.body).where(PushEvent.id == delivery.event_id)
        return bytes((await self._session.execute(query)).scalar_one())

    async def redeliver_range(
        self, subscription_id: UUID, *, wanted: RangeToRedeliver, limit: int, at: datetime
    ) -> list[datetime]:
        """
        Send a subscription's ended deliveries of a time again, the first ``limit`` in the order of events.

        What tells of a pairing that was withdrawn since is left out. Returns when those were made that are sent again.
        """
        later = aliased(PushEvent)
        withdrawn = exists().where(
            later.pairing_id == Delivery.pairing_id, later.seq > Delivery.seq, later.type == WITHDRAWN
        )
        chosen = select(Delivery.id).where(
            Delivery.subscription_id == subscription_id,
            Delivery.id >= first_id(wanted.since),
            Delivery.created_at >= wanted.since,
            Delivery.created_at < (wanted.until or at),
            Delivery.status.in_(wanted.statuses),
            ~withdrawn,
        )
        first = chosen.order_by(Delivery.seq).limit(limit).with_for_update()
        again = (
            update(Delivery)
            .where(Delivery.id.in_(first))
            .values(status=DeliveryStatus.PENDING, attempts=0, next_attempt_at=at)
            .returning(Delivery.created_at)
        )
        return sorted((await self._session.execute(again)).scalars())

    async def measure(self, subscription_id: UUID, *, since: datetime) -> DeliveryMetrics:
        """Count a subscription's deliveries that were made since an instant, and measure how they went."""
        ended = {
            status.value: func.count().filter(Delivery.status == status).label(status.value)
            for status in DeliveryStatus
            if status is not DeliveryStatus.PENDING
        }
        delay = func.extract("epoch", Delivery.delivered_at - Delivery.created_at)
        spread = {
            f"{name}_p{percent}": func.percentile_cont(percent / 100).within_group(value).label(f"{name}_p{percent}")
            for name, value in (("duration_ms", Delivery.duration_ms), ("delay_seconds", delay))
            for percent in (50, 95)
        }
        attempts = func.coalesce(func.sum(Delivery.attempts), 0).label("attempts")
        recent = select(*ended.values(), attempts, *spread.values()).where(
            Delivery.subscription_id == subscription_id,
            Delivery.id >= first_id(since),
            Delivery.created_at >= since,
        )
        waiting = select(func.count().label("pending"), func.min(Delivery.created_at).label("waiting_since")).where(
            Delivery.subscription_id == subscription_id, Delivery.status == DeliveryStatus.PENDING
        )
        figures = dict((await self._session.execute(recent)).mappings().one())
        figures |= (await self._session.execute(waiting)).mappings().one()
        return DeliveryMetrics(since=since, **figures)

    async def forget_logs(self, *, before: datetime, limit: int) -> int:
        """Forget some logs whose last attempt was before an instant and return how many."""
        old = select(Delivery.id).where(Delivery.last_attempt_at < before, Delivery.attempt_log != []).limit(limit)
        ended = old.where(Delivery.status.in_(Delivery.ENDED))
        forget = update(Delivery).where(Delivery.id.in_(ended)).values(attempt_log=[], response_excerpt=None)
        return int((await self._session.execute(forget)).rowcount)  # type: ignore[attr-defined]

    async def is_withdrawn(self, delivery: Delivery) -> bool:
        """Tell whether the delivery's pairing was withdrawn after the event that it tells of."""
        if delivery.pairing_id is None:
            return False
        later = exists().where(
            PushEvent.pairing_id == delivery.pairing_id, PushEvent.seq > delivery.seq, PushEvent.type == WITHDRAWN
        )
        return bool((await self._session.execute(select(later))).scalar_one())

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
