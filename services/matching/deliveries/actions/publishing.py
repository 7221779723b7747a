"""Tell subscribers of something, in the transaction in which it happens."""

from datetime import datetime
from uuid import UUID

from services.matching.deliveries.models import ENDINGS, WITHDRAWN, Audience, Delivery, PushEvent
from services.matching.deliveries.repository import DeliveryRepository, ListenerRepository
from services.matching.subscriptions.repository import SubscriptionRepository
from shared.auth.principals import Principal
from shared.contracts.matching import PAIRING_EVENTS, PairingPayload, RunPayload
from shared.db import Session, whole_platform


async def publish_pairing_event(
    session: Session,
    *,
    happened: str,
    pairing_id: UUID,
    payload: PairingPayload,
    audience: Audience,
    at: datetime,
    event_id: UUID | None = None,
) -> int:
    """
    Store an event of a pairing and its deliveries, and return how many; the caller holds the pairing's row lock.

    An ending supersedes what still waits of the pairing, so that it goes at once; where nothing of the pairing was
    ever tried, neither goes. A withdrawal goes to everybody who may know of the pairing, whatever they subscribed to
    and filter.

    :raises ValueError: if ``happened`` is none of ``PAIRING_EVENTS``
    """
    if happened not in PAIRING_EVENTS:
        raise ValueError(happened)
    event = PushEvent.of_pairing(happened, pairing_id, payload, at=at, event_id=event_id)
    repository, subscribers = DeliveryRepository(session), ListenerRepository(session)
    async with whole_platform(session):  # the subscribers are others than who acts
        listeners = set(await subscribers.find_listeners(event.type, audience, payload))
        if event.type in ENDINGS:
            told = set(await subscribers.find_told(pairing_id))
            waited = await repository.supersede_waiting(pairing_id)
            # Read last: an attempt that began until now holds up the statement before, and is seen here.
            reached = await repository.list_reached(pairing_id)
            listeners -= waited - reached
            if event.type == WITHDRAWN:
                listeners |= told & reached
        return len(await repository.add(event, sorted(listeners), at=at))


async def publish_run_event(session: Session, *, payload: RunPayload, at: datetime) -> int:
    """Store the event of a finished run and its deliveries to the province, and return how many."""
    event = PushEvent.of_run(payload, at=at)
    province = await ListenerRepository(session).find_province(event.type)
    return len(await DeliveryRepository(session).add(event, province, at=at))


async def ping_subscription(session: Session, *, subscription_id: UUID, by: Principal, at: datetime) -> Delivery:
    """
    Send a ping to a subscription of the caller's own at once, whatever it subscribed to and even while it rests.

    :raises SubscriptionNotFound: if there is none
    :raises SubscriptionDisabled: if it is disabled
    """
    subscription = await SubscriptionRepository(session).get(subscription_id, visible_to=by)
    subscription.check_active()
    ping = PushEvent.ping(subscription, at=at)
    async with whole_platform(session):  # what is sent is written by the platform alone
        [delivery] = await DeliveryRepository(session).add(ping, [subscription.id], at=at, at_once=True)
    return delivery
