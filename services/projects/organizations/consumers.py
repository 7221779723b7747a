"""What projects does when registry announces an organization."""

from uuid import UUID

from services.projects.organizations.repository import OrganizationRepository
from shared.contracts.events import CloudEvent
from shared.db import Session


async def apply_organizations(session: Session, events: list[CloudEvent], anew: bool) -> None:
    """Mirror the organizations that were announced."""
    await OrganizationRepository(session).apply(events, anew=anew)


async def forget_organizations(session: Session, present: set[UUID]) -> None:
    """Forget the organizations that registry no longer has."""
    await OrganizationRepository(session).forget_missing(present)
