"""All SQL about contacts of organizations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from services.registry.contacts.errors import ContactNotFound
from services.registry.contacts.models import OrganizationContact
from services.registry.organizations.models import Organization
from shared.db import Session


class ContactRepository:
    """Contacts of one session; whose they are is checked at the organization."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def put(self, contact: OrganizationContact) -> OrganizationContact:
        """Store a contact in the place of the one before."""
        kept = await self._session.merge(contact)
        await self._session.flush()
        return kept

    async def get(self, organization_id: UUID) -> OrganizationContact:
        """
        Return the contact of an organization.

        :raises ContactNotFound: if none is kept
        """
        found = await self._session.get(OrganizationContact, organization_id)
        if found is None:
            raise ContactNotFound(pointer="path/organization_id")
        return found

    async def delete(self, organization_id: UUID) -> None:
        """Forget the contact of an organization, if there is one."""
        kept = await self._session.get(OrganizationContact, organization_id)
        if kept is not None:
            await self._session.delete(kept)
            await self._session.flush()

    async def delete_left(self, *, before: datetime, limit: int) -> int:
        """Forget some contacts of organizations that left before an instant and return how many."""
        left = (
            select(OrganizationContact)
            .join(Organization, Organization.id == OrganizationContact.organization_id)
            .where(Organization.left_at < before)
            .limit(limit)
        )
        # One by one, not in bulk: each leaves its entry in the audit log.
        forgotten = (await self._session.execute(left)).scalars().all()
        for one in forgotten:
            await self._session.delete(one)
        await self._session.flush()
        return len(forgotten)
