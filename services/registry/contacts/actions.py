"""What one can do with the contact of an organization; every reading is recorded."""

from datetime import datetime
from uuid import UUID

from services.registry.contacts.errors import ContactNotWanted
from services.registry.contacts.models import OrganizationContact
from services.registry.contacts.repository import ContactRepository
from services.registry.contacts.schemas import ContactPut, ContactRead
from services.registry.organizations.repository import OrganizationRepository
from shared.audit.recording import record_reading
from shared.auth.principals import Principal
from shared.contracts.codes import EnrolmentStatus, Role
from shared.db import Session
from shared.sealing import Sealer

FORGOTTEN_AT_ONCE = 500


async def put_contact(
    session: Session, *, organization_id: UUID, command: ContactPut, sealer: Sealer, by: Principal, at: datetime
) -> ContactRead:
    """
    Set the contact of the caller's own organization, or of one that its office keeps; its supplies share it.

    :raises OrganizationNotFound: if it is not the caller's
    :raises ContactNotWanted: if the organization has left
    """
    organization = await OrganizationRepository(session).get(organization_id, visible_to=by, for_update=True)
    if organization.enrolment_status is EnrolmentStatus.LEFT:
        raise ContactNotWanted
    contact = OrganizationContact(organization_id=organization_id, set_by=by.subject, set_at=at)
    contact.write(command, sealer=sealer)
    await ContactRepository(session).put(contact)
    return ContactRead(**command.model_dump(), set_at=at)


async def read_contact(session: Session, *, organization_id: UUID, sealer: Sealer, by: Principal) -> ContactRead:
    """
    Return the contact of an organization to itself and its office, or to matching for a pairing in talks.

    :raises OrganizationNotFound: if it is not the caller's
    :raises ContactNotFound: if none is kept
    """
    await _check_owner(session, organization_id, by)
    contact = await ContactRepository(session).get(organization_id)
    fields = ContactPut.model_fields
    await record_reading(session, object_type="organization_contacts", object_ids=[organization_id], fields=fields)
    return ContactRead(**contact.read(sealer=sealer).model_dump(), set_at=contact.set_at)


async def delete_contact(session: Session, *, organization_id: UUID, by: Principal) -> None:
    """
    Forget the contact of the caller's own organization, or of one that its office keeps.

    :raises OrganizationNotFound: if it is not the caller's
    """
    await _check_owner(session, organization_id, by)
    await ContactRepository(session).delete(organization_id)


async def forget_contacts(session: Session, *, before: datetime) -> int:
    """Forget some contacts of organizations that left before an instant and return how many."""
    return await ContactRepository(session).delete_left(before=before, limit=FORGOTTEN_AT_ONCE)


async def _check_owner(session: Session, organization_id: UUID, by: Principal) -> None:
    # Matching asks for the sides of a pairing, also when the organization is suspended meanwhile.
    if by.role is not Role.SERVICE:
        await OrganizationRepository(session).get(organization_id, visible_to=by, for_update=True)
