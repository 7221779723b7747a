"""Send again what was sent, or was given up."""

from datetime import datetime
from uuid import UUID

from services.matching.deliveries.models import Delivery
from services.matching.deliveries.repository import DeliveryRepository
from shared.auth.principals import Principal
from shared.db import Session, whole_platform


async def redeliver_delivery(session: Session, *, delivery_id: UUID, by: Principal, at: datetime) -> Delivery:
    """
    Send a delivery again at once, with the same bytes and webhook-id, even while its endpoint rests.

    What still waits of the same pairing before it keeps its place: the order within a pairing is never broken.

    :raises DeliveryNotFound: if it goes to no subscription of the caller's own
    :raises SubscriptionDisabled: if its subscription is disabled
    :raises PairingWithdrawn: if its pairing was withdrawn since
    """
    repository = DeliveryRepository(session)
    delivery, subscription = await repository.get(delivery_id, visible_to=by)
    subscription.check_active()
    async with whole_platform(session):  # events are the platform's own
        withdrawn = await repository.is_withdrawn(delivery)
    delivery.redeliver(withdrawn=withdrawn, at=at)
    await session.flush()
    return delivery
