"""What one can do with commitments: hold a place and a unit of capacity, give them back, and fulfil them."""

from datetime import datetime
from uuid import UUID

from services.projects.commitments.errors import CapacityExhausted, NeedCovered, NotOpen
from services.projects.commitments.models import Commitment
from services.projects.commitments.repository import CommitmentRepository
from services.projects.demands.actions import announce_demand
from services.projects.demands.models import Demand
from services.projects.demands.repository import DemandRepository
from services.projects.organizations.repository import OrganizationRepository
from services.projects.supplies.actions import announce_supply
from services.projects.supplies.models import Supply
from services.projects.supplies.repository import SupplyRepository
from shared import feed
from shared.auth.principals import Principal
from shared.contracts.projects import CommitmentRequest
from shared.db import Session


async def put_commitment(
    session: Session, *, pairing_id: UUID, command: CommitmentRequest, by: Principal
) -> tuple[Commitment, bool]:
    """
    Hold a place and a unit for a pairing, once however often it is asked; tell whether it is new.

    :raises CommitmentDiffers: if the pairing holds something else
    :raises NotOpen: if the demand is not published or a government purchase, the supply not listed, or its organization
        not enrolled, not registered or on the list of the seriously illegal
    :raises NeedCovered: if no place is open
    :raises CapacityExhausted: if no capacity is free
    """
    commitments = CommitmentRepository(session)
    known = await commitments.find(pairing_id)
    if known is None:
        demand, supply = await _lock_both(session, command.demand_id, command.supply_id, by)
        # Another request for the same pairing may have been first while this one waited for the locks.
        known = await commitments.find(pairing_id)
    if known is not None:
        known.check_same(command)
        return known, False
    if not (demand.takes_commitments and supply.is_public):
        raise NotOpen(pointer="/supply_id" if demand.takes_commitments else "/demand_id")
    organization = await OrganizationRepository(session).find(supply.organization_id)
    if organization is None or not organization.may_be_committed:
        raise NotOpen(pointer="/supply_id")
    if await commitments.count_places_taken(demand.id) >= demand.places:
        raise NeedCovered(pointer="/demand_id")
    used = await commitments.count_capacity_used(supply.id)
    if supply.capacity_used_elsewhere + used >= supply.capacity_total:
        raise CapacityExhausted(pointer="/supply_id")
    commitment = await commitments.add(Commitment(pairing_id=pairing_id, **command.model_dump()))
    await _count_and_announce(session, commitment, demand, supply, reason="committed")
    return commitment, True


async def release_commitment(
    session: Session, *, pairing_id: UUID, reason: str, by: Principal, at: datetime
) -> Commitment:
    """
    Give back what a pairing holds; a second time changes nothing.

    :raises CommitmentNotFound: if it never held anything
    :raises CommitmentFulfilled: if it is fulfilled
    """
    commitments = CommitmentRepository(session)
    known = await commitments.get(pairing_id, visible_to=by)
    demand, supply = await _lock_both(session, known.demand_id, known.supply_id, by)
    commitment = await commitments.get(pairing_id, visible_to=by, for_update=True)
    if commitment.release(reason=reason, at=at):
        await _count_and_announce(session, commitment, demand, supply, reason="released")
    return commitment


async def fulfil_commitment(session: Session, *, pairing_id: UUID, by: Principal) -> Commitment:
    """
    Note that what a pairing holds is done, so that nothing gives it back; a second time changes nothing.

    :raises CommitmentNotFound: if it never held anything
    :raises CommitmentReleased: if it was given back
    """
    commitment = await CommitmentRepository(session).get(pairing_id, visible_to=by, for_update=True)
    if commitment.fulfil():
        await feed.announce(session, commitment, reason="fulfilled")
    return commitment


async def _lock_both(session: Session, demand_id: UUID, supply_id: UUID, by: Principal) -> tuple[Demand, Supply]:
    """Lock the demand, then the supply: everybody in this order, so that nobody waits in a circle."""
    demand = await DemandRepository(session).get(demand_id, visible_to=by, for_update=True, pointer="/demand_id")
    supply = await SupplyRepository(session).get(supply_id, visible_to=by, for_update=True, pointer="/supply_id")
    return demand, supply


async def _count_and_announce(
    session: Session, commitment: Commitment, demand: Demand, supply: Supply, *, reason: str
) -> None:
    await session.flush()
    commitments = CommitmentRepository(session)
    demand.count_places(await commitments.count_places_taken(demand.id))
    supply.count_capacity(await commitments.count_capacity_used(supply.id))
    await announce_demand(session, demand=demand, reason=reason)
    await announce_supply(session, supply=supply, reason=reason)
    await feed.announce(session, commitment, reason=reason)
