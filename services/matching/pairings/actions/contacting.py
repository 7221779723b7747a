"""Show the contacts of both sides from talks on: asked of their owners at each reading, recorded, never stored."""

from dataclasses import dataclass
from uuid import UUID

from services.matching.pairings.errors import ContactsNotOpen, ContactsUnavailable
from services.matching.pairings.repository import PairingRepository
from services.matching.pairings.schemas import PairingContacts
from services.matching.remote.contacts import ContactClient, ContactOwnerSilent
from shared.audit.recording import record_reading
from shared.auth.principals import Principal
from shared.db import Session


@dataclass(frozen=True)
class Parties:
    """Whose contacts belong to a pairing."""

    pairing_id: UUID
    demand_id: UUID
    organization_id: UUID


async def find_parties(session: Session, *, pairing_id: UUID, by: Principal) -> Parties:
    """
    Return the two sides of a pairing of the caller's, if they may see each other's contacts.

    :raises PairingNotFound: if the caller may not know of it
    :raises ContactsNotOpen: before both sides have shown interest, or after the pairing ended without a result
    """
    pairing = await PairingRepository(session).get(pairing_id, visible_to=by)
    if not pairing.shows_contacts:
        raise ContactsNotOpen
    return Parties(pairing.id, pairing.demand_id, pairing.organization_id)


async def fetch_contacts(parties: Parties, *, owners: ContactClient) -> PairingContacts:
    """
    Ask the owners of both contacts; no transaction is open meanwhile.

    :raises ContactsUnavailable: if one of them does not answer
    """
    try:
        return PairingContacts(
            pairing_id=parties.pairing_id,
            demand=await owners.of_demand(parties.demand_id),
            supply=await owners.of_organization(parties.organization_id),
        )
    except ContactOwnerSilent:
        raise ContactsUnavailable from None


async def record_contacts_reading(session: Session, *, found: PairingContacts) -> None:
    """Record which of the two contacts of a pairing the caller is about to see; the owners record theirs."""
    seen = [name for name in ("demand", "supply") if getattr(found, name)]
    if seen:
        fields = [f"{name}_contact" for name in seen]
        await record_reading(session, object_type="pairings", object_ids=[found.pairing_id], fields=fields)
