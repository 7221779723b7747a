"""Stop what is pushed under grants that have ended."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.matching.deliveries.repository import EndpointRepository
from shared.db import Session


async def stop_ended_grants(session: Session, *, revoked: Collection[UUID], at: datetime) -> int:
    """
    Disable the subscriptions whose grant is among the revoked or has run out, and return how many.

    What still waits for them is given up.
    """
    repository = EndpointRepository(session)
    ended = await repository.lock_ended(grants=revoked, at=at)
    for subscription in ended:
        subscription.disable(at=at)
        await session.flush()
        await repository.give_up_all(subscription)
    return len(ended)
