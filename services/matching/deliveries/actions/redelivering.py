"""Send again what was sent, or was given up."""

from datetime import datetime
from uuid import UUID

from services.matching.deliveries.models import Delivery
from services.matching.deliveries.repository import DeliveryRepository
from services.matching.deliveries.schemas import RangeRedelivered, RangeToRedeliver
from services.matching.subscriptions.repository import SubscriptionRepository
from shared.auth.principals import Principal
from shared.db import Session, whole_platform

MOST_AT_ONCE = 1000


async def redeliver_range(
    session: Session, *, subscription_id: UUID, wanted: RangeToRedeliver, by: Principal, at: datetime
) -> RangeRedelivered:
    """
    Send again what a subscription of the caller's own was, or was not, sent in a time, at most 1000 at once.

    The endpoint is tried at once though it rests; the order within pairings, its own order and its rate hold.

    :raises SubscriptionNotFound: if there is none
    :raises SubscriptionDisabled: if it is disabled
    """
    subscription = await SubscriptionRepository(session).get(subscription_id, visible_to=by, for_update=True)
    subscription.check_active()
    subscription.wake()
    async with whole_platform(session):  # events are the platform's own
        made_at = await DeliveryRepository(session).redeliver_range(
            subscription.id, wanted=wanted, limit=MOST_AT_ONCE, at=at
        )
    return RangeRedelivered(
        redelivered=len(made_at), last_created_at=made_at[-1] if made_at else None, more=len(made_at) == MOST_AT_ONCE
    )


async def redeliver_delivery(session: Session, *, delivery_id: UUID, by: Principal, at: datetime) -> Delivery:
    """
    Send a delivery again at once, with the same bytes and webhook-id, even while its endpoint rests.

    What still waits of the same pairing before it keeps its place: the order within a pairing is never broken.

    :raises DeliveryNotFound: if it goes to no subscription of the caller's own
    :raises SubscriptionDisabled: if its subscription is disabled
    :raises PairingWithdrawn: if its pairing was withdrawn since
    """
    repository = DeliveryRepository(session)
    delivery, subscription = await repository.get(delivery_id, visible_to=by, for_update=True)
    subscription.check_active()
    async with whole_platform(session):  # events are the platform's own
        withdrawn = await repository.is_withdrawn(delivery)
    delivery.redeliver(withdrawn=withdrawn, at=at)
    await session.flush()
    return delivery
