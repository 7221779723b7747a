"""Stop what is pushed to endpoints that are gone or fail for long, and under grants that have ended."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.matching.deliveries.models import PushEvent
from services.matching.deliveries.repository import DeliveryRepository, EndpointRepository, ListenerRepository
from services.matching.subscriptions.models import Subscription
from shared.contracts.matching import DisabledReason, SubscriptionPayload
from shared.db import Session


async def disable_endpoint(session: Session, *, endpoint: Subscription, reason: DisabledReason, at: datetime) -> None:
    """Disable a leased endpoint, give up what waits for it, and tell its owner at the other endpoints."""
    endpoint.disable(reason, at=at)
    await session.flush()
    given_up = await EndpointRepository(session).give_up_all(endpoint)
    payload = SubscriptionPayload(
        subscription_id=endpoint.id,
        reason=reason,
        failing_since=endpoint.failing_since,
        disabled_at=at,
        given_up=given_up,
    )
    others = await ListenerRepository(session).find_others(endpoint)
    await DeliveryRepository(session).add(PushEvent.of_disabled(payload, at=at), others, at=at)


async def stop_ended_grants(session: Session, *, revoked: Collection[UUID], at: datetime) -> int:
    """
    Disable the subscriptions whose grant is among the revoked or has run out, and return how many.

    What still waits for them is given up.
    """
    repository = EndpointRepository(session)
    ended = await repository.lock_ended(grants=revoked, at=at)
    for subscription in ended:
        subscription.disable(DisabledReason.GRANT_ENDED, at=at)
        await session.flush()
        await repository.give_up_all(subscription)
    return len(ended)
