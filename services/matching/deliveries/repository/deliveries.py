"""All SQL about deliveries and their events."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, select, update

from services.matching.deliveries.errors import DeliveryNotFound
from services.matching.deliveries.models import WITHDRAWN, Delivery, DeliveryStatus, PushEvent
from services.matching.deliveries.schemas import DeliveryFilter
from services.matching.subscriptions.models import Subscription, owner_of
from shared.auth.principals import Principal
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page


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
