"""Plan the digests of a working day, each once, and forget old ones."""

from datetime import date, datetime

from services.matching.digests.repository import DigestRepository
from shared.china.workdays import is_working_day
from shared.clock import LEGAL_ZONE
from shared.db import Session
from shared.jobs import enqueue

SEND_DIGEST = "send_digest"
MOST_AT_ONCE = 500
FORGOTTEN_AT_ONCE = 1_000


async def plan_digests(session: Session, *, today: date, at: datetime) -> int:
    """
    Plan up to five hundred digests that are due, and return how many; none on a day off.

    A weekly one is due from the first working day of its week on. A receiver that is quiet now waits until it is not.
    """
    if not is_working_day(today):
        return 0
    hour = at.astimezone(LEGAL_ZONE).hour
    planned = await DigestRepository(session).plan_digests(today=today, at=at, hour=hour, limit=MOST_AT_ONCE)
    for digest_id in planned:
        await enqueue(session, SEND_DIGEST, {"digest_id": str(digest_id)}, once=f"digest {digest_id}", for_caller=False)
    return len(planned)


async def forget_digests(session: Session, *, before: datetime) -> int:
    """Forget some digests of before an instant and return how many."""
    return await DigestRepository(session).delete_digests(before=before, limit=FORGOTTEN_AT_ONCE)
