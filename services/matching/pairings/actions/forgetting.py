"""Forget what was sent about pairings that are over."""

from datetime import datetime

from services.matching.pairings.repository import PairingRepository
from shared.db import Session

FORGOTTEN_AT_ONCE = 1000


async def forget_deliveries(session: Session, *, before: datetime) -> int:
    """Forget some ended deliveries of before an instant, unless their pairing still lives; return how many."""
    return await PairingRepository(session).delete_deliveries(before=before, limit=FORGOTTEN_AT_ONCE)
