"""The contact of an organization, sealed as one value for this organization alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.db import Base
from shared.contracts.contacts import Contact
from shared.sealing import Sealer


class OrganizationContact(Base):
    """A sealed contact (联系方式); it stands in no other row, feed, log or export."""

    __tablename__ = "organization_contacts"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    contact_sealed: Mapped[str]
    set_by: Mapped[str]
    set_at: Mapped[datetime]

    def write(self, contact: Contact, *, sealer: Sealer) -> None:
        """Seal a contact for this organization."""
        content = contact.model_dump_json().encode()
        self.contact_sealed = sealer.seal(content, purpose=contact_purpose(self.organization_id))

    def read(self, *, sealer: Sealer) -> Contact:
        """
        Return the contact.

        :raises SealBroken: if it was sealed for another organization, or its key is gone
        """
        return Contact.model_validate_json(
            sealer.open(self.contact_sealed, purpose=contact_purpose(self.organization_id))
        )


def contact_purpose(organization_id: UUID) -> str:
    """Return for what a contact is sealed: a value that is moved to another row does not open."""
    return f"contact of organization {organization_id}"
