"""Read what was sent, and how an endpoint does."""

from datetime import datetime
from uuid import UUID

from services.matching.deliveries.repository import DeliveryRepository
from services.matching.deliveries.schemas import DeliveryDetail, DeliveryMetrics, show_delivery
from services.matching.subscriptions.models import may_hear
from services.matching.subscriptions.repository import SubscriptionRepository
from shared.auth.principals import Principal
from shared.db import Session, whole_platform


async def read_delivery(session: Session, *, delivery_id: UUID, by: Principal) -> DeliveryDetail:
    """
    Return a delivery to a subscription of the caller's own with its request and the log of its attempts.

    Under a grant that does not let an application read such events, the request has no body: an earlier grant may have.

    :raises DeliveryNotFound: if there is none
    """
    repository = DeliveryRepository(session)
    delivery, subscription = await repository.get(delivery_id, visible_to=by)
    is_told = subscription.sandbox or by.scopes is None or may_hear(delivery.event_type, by.scopes)
    async with whole_platform(session):  # events are the platform's own
        body = await repository.get_body(delivery) if is_told else b""
    return show_delivery(delivery, endpoint=subscription.endpoint, body=body)


async def measure_subscription(
    session: Session, *, subscription_id: UUID, since: datetime, by: Principal
) -> DeliveryMetrics:
    """
    Count and measure what a subscription of the caller's own was sent since an instant, and what waits.

    :raises SubscriptionNotFound: if there is none
    """
    subscription = await SubscriptionRepository(session).get(subscription_id, visible_to=by)
    return await DeliveryRepository(session).measure(subscription.id, since=since)
