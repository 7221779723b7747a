"""What projects does when registry announces a division."""

from uuid import UUID

from services.projects.divisions.repository import DivisionRepository
from shared.contracts.events import CloudEvent
from shared.db import Session


async def apply_divisions(session: Session, events: list[CloudEvent], anew: bool) -> None:
    """Mirror the divisions that were announced."""
    await DivisionRepository(session).apply(events, anew=anew)


async def forget_divisions(session: Session, present: set[UUID]) -> None:
    """Forget the divisions that registry no longer has."""
    await DivisionRepository(session).forget_missing(present)
