"""Forget what was sent long ago, and how."""

from datetime import datetime

from services.matching.deliveries.repository import DeliveryRepository
from shared.db import Session

FORGOTTEN_AT_ONCE = 1000


async def forget_logs(session: Session, *, before: datetime) -> int:
    """Forget the logs of some ended deliveries whose last attempt was before an instant, and return how many."""
    return await DeliveryRepository(session).forget_logs(before=before, limit=FORGOTTEN_AT_ONCE)


async def forget_events(session: Session, *, before: datetime) -> int:
    """Forget some events of before an instant whose deliveries are forgotten, and return how many."""
    return await DeliveryRepository(session).delete_events(before=before, limit=FORGOTTEN_AT_ONCE)
