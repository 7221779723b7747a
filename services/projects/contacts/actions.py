"""What one can do with the contact of a demand; every reading is recorded."""

from datetime import datetime
from uuid import UUID

from services.projects.contacts.errors import ContactNotWanted
from services.projects.contacts.models import DemandContact
from services.projects.contacts.repository import ContactRepository
from services.projects.contacts.schemas import ContactPut, ContactRead
from services.projects.demands.models import Demand
from services.projects.demands.repository import DemandRepository
from shared.audit.recording import record_reading
from shared.auth.errors import OutOfScope
from shared.auth.principals import Principal
from shared.contracts.codes import DemandStatus
from shared.db import Session
from shared.sealing import Sealer

FORGOTTEN_AT_ONCE = 500


async def put_contact(
    session: Session, *, demand_id: UUID, command: ContactPut, sealer: Sealer, by: Principal, at: datetime
) -> ContactRead:
    """
    Set the contact of a demand of the caller's division; the demand itself, its feed and version do not change.

    :raises OutOfScope: if the demand is another office's
    :raises ContactNotWanted: if the demand is closed
    """
    demand = await _find_demand(session, demand_id, by, for_update=True)
    if demand.status is DemandStatus.CLOSED:
        raise ContactNotWanted
    contact = DemandContact(demand_id=demand_id, set_by=by.subject, set_at=at)
    contact.write(command, sealer=sealer)
    await ContactRepository(session).put(contact)
    return ContactRead(**command.model_dump(), set_at=at)


async def read_contact(session: Session, *, demand_id: UUID, sealer: Sealer, by: Principal) -> ContactRead:
    """
    Return the contact of a demand to its own offices, or to matching for a pairing in talks.

    :raises OutOfScope: if the demand is another office's
    :raises ContactNotFound: if none is kept
    """
    await _find_demand(session, demand_id, by)
    contact = await ContactRepository(session).get(demand_id)
    await record_reading(session, object_type="demand_contacts", object_ids=[demand_id], fields=ContactPut.model_fields)
    return ContactRead(**contact.read(sealer=sealer).model_dump(), set_at=contact.set_at)


async def delete_contact(session: Session, *, demand_id: UUID, by: Principal) -> None:
    """
    Forget the contact of a demand of the caller's division.

    :raises OutOfScope: if the demand is another office's
    """
    await _find_demand(session, demand_id, by)
    await ContactRepository(session).delete(demand_id)


async def forget_contacts(session: Session, *, before: datetime) -> int:
    """Forget some contacts of demands that were closed before an instant and return how many."""
    return await ContactRepository(session).delete_closed(before=before, limit=FORGOTTEN_AT_ONCE)


async def _find_demand(session: Session, demand_id: UUID, by: Principal, *, for_update: bool = False) -> Demand:
    demand = await DemandRepository(session).get(demand_id, visible_to=by, for_update=for_update)
    if not by.covers(demand.division):
        raise OutOfScope(pointer="path/demand_id")
    return demand
