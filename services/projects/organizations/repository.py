"""All SQL about the mirrored organizations."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.projects.organizations.errors import OrganizationUnknown
from services.projects.organizations.models import Organization
from shared.contracts.events import CloudEvent
from shared.contracts.registry import OrganizationSnapshot
from shared.db import Session
from shared.feed.read_models import forget_missing, mirror
from shared.workbooks.folding import fold_label


class OrganizationRepository:
    """Organizations of one session; every role that comes here may know that an organization exists."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def apply(self, events: Sequence[CloudEvent], *, anew: bool) -> None:
        """Store what registry announced."""
        await mirror(self._session, Organization, events, _columns, anew=anew)

    async def forget_missing(self, present: set[UUID]) -> None:
        """Delete the organizations that registry no longer has."""
        await forget_missing(self._session, Organization, present)

    async def get(self, organization_id: UUID) -> Organization:
        """
        Return an organization.

        :raises OrganizationUnknown: if there is none
        """
        found = await self.find(organization_id)
        if found is None:
            raise OrganizationUnknown(pointer="/organization_id")
        return found

    async def find(self, organization_id: UUID) -> Organization | None:
        """Return an organization, or nothing if registry has not announced it or has it no more."""
        return await self._session.get(Organization, organization_id)

    async def list_under(self, prefix: str) -> list[Organization]:
        """Return the organizations whose record division begins with a prefix."""
        query = select(Organization).where(Organization.record_division.startswith(prefix, autoescape=True))
        return list((await self._session.execute(query)).scalars())


def _columns(event: CloudEvent) -> dict[str, Any]:
    organization = OrganizationSnapshot.model_validate(event.data)
    kept = {
        "name",
        "credit_code",
        "type",
        "record_division",
        "registration_status",
        "enrolment_status",
        "credit_status",
    }
    return organization.model_dump(include=kept) | {"folded_name": fold_label(organization.name)}
