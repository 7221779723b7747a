"""Show a sandbox what comes, by samples of events that never happened."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.matching.deliveries.models import Delivery, make_sample
from services.matching.deliveries.repository import DeliveryRepository
from services.matching.subscriptions.models import EVENT_TYPES, types_named
from services.matching.subscriptions.repository import SubscriptionRepository
from shared.auth.principals import Principal
from shared.db import Session, whole_platform


async def send_samples(
    session: Session, *, subscription_id: UUID, patterns: Sequence[str] | None, by: Principal, at: datetime
) -> list[Delivery]:
    """
    Send a sandbox of the caller's own one sample of every type that the patterns name, or of all there are.

    :raises SubscriptionNotFound: if there is none
    :raises SubscriptionDisabled: if it is disabled
    :raises SubscriptionNotSandbox: if it hears of what is real
    """
    subscription = await SubscriptionRepository(session).get(subscription_id, visible_to=by)
    subscription.check_active()
    subscription.check_sandbox()
    named = EVENT_TYPES if patterns is None else tuple(one for pattern in patterns for one in types_named(pattern))
    repository, deliveries = DeliveryRepository(session), list[Delivery]()
    async with whole_platform(session):  # what is sent is written by the platform alone
        for event_type in dict.fromkeys(named):
            sample = make_sample(event_type, subscription, at=at)
            deliveries += await repository.add(sample, [subscription.id], at=at)
    return deliveries
