"""Tell subscribers of something, in the transaction in which it happens."""

from datetime import datetime
from uuid import UUID

from services.matching.deliveries.models import WITHDRAWN, Audience, Delivery, PushEvent
from services.matching.deliveries.repository import DeliveryRepository
from services.matching.subscriptions.repository import SubscriptionRepository
from shared.auth.principals import Principal
from shared.contracts.matching import PAIRING_EVENTS, PairingPayload
from shared.db import Session, whole_platform


async def publish_pairing_event(
    session: Session, *, happened: str, pairing_id: UUID, payload: PairingPayload, audience: Audience, at: datetime
) -> int:
    """
    Store an event of a pairing and its deliveries, and return how many; the caller holds the pairing's row lock.

    A withdrawal goes to everybody who was told of the pairing too, whatever they subscribed to.

    :raises ValueError: if ``happened`` is none of ``PAIRING_EVENTS``
    """
    if happened not in PAIRING_EVENTS:
        raise ValueError(happened)
    event = PushEvent.of_pairing(happened, pairing_id, payload, at=at)
    repository = DeliveryRepository(session)
    async with whole_platform(session):  # the subscribers are others than who acts
        listeners = await repository.find_listeners(event.type, audience)
        if event.type == WITHDRAWN:
            listeners += await repository.find_told(pairing_id)
        return len(await repository.add(event, sorted(set(listeners)), at=at))


async def ping_subscription(session: Session, *, subscription_id: UUID, by: Principal, at: datetime) -> Delivery:
    """
    Send a ping to a subscription of the caller's own, whatever it subscribed to.

    :raises SubscriptionNotFound: if there is none
    :raises SubscriptionDisabled: if it is disabled
    """
    subscription = await SubscriptionRepository(session).get(subscription_id, visible_to=by)
    subscription.check_active()
    ping = PushEvent.ping(subscription, at=at)
    async with whole_platform(session):  # what is sent is written by the platform alone
        [delivery] = await DeliveryRepository(session).add(ping, [subscription.id], at=at)
    return delivery
