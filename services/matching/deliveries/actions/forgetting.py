"""Forget events that were sent long ago."""

from datetime import datetime

from services.matching.deliveries.repository import DeliveryRepository
from shared.db import Session

FORGOTTEN_AT_ONCE = 1000


async def forget_events(session: Session, *, before: datetime) -> int:
    """Forget some events of before an instant whose deliveries are forgotten, and return how many."""
    return await DeliveryRepository(session).delete_events(before=before, limit=FORGOTTEN_AT_ONCE)
