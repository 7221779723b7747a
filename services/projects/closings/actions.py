"""
What ends a demand or a supply, and with it what is held of them.

What was completed, or held until the last day without being given back, is fulfilled; what is taken back before is
released, so that the other side is free for somebody else.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from services.projects.commitments.models import Commitment
from services.projects.commitments.repository import CommitmentRepository
from services.projects.demands.actions import announce_demand, take_demand
from services.projects.demands.models import Demand
from services.projects.demands.repository import DemandRepository
from services.projects.supplies.actions import announce_supply, take_supply
from services.projects.supplies.models import Supply
from services.projects.supplies.repository import SupplyRepository
from shared import feed
from shared.auth.principals import Principal
from shared.contracts.codes import CommitmentStatus, DemandCloseReason, SupplyCloseReason
from shared.db import Session, whole_platform

EXPIRED_AT_ONCE = 100
FULFILLING = {DemandCloseReason.COMPLETED, DemandCloseReason.EXPIRED, SupplyCloseReason.EXPIRED}


async def close_demand(
    session: Session, *, demand_id: UUID, reason: DemandCloseReason, expected_version: int, by: Principal, at: datetime
) -> Demand:
    """
    End a published demand that is completed (what is held of it is fulfilled) or merged into another.

    :raises DemandStateForbids: if it is not published
    """
    demand = await take_demand(session, demand_id=demand_id, expected_version=expected_version, by=by)
    async with whole_platform(session):  # what ends with it belongs to others too
        await _end_demands(session, [demand], reason, at)
    return demand


async def withdraw_demand(
    session: Session, *, demand_id: UUID, expected_version: int, by: Principal, at: datetime
) -> Demand:
    """
    Withdraw a demand, whatever its open state; what is held of it is given back.

    :raises DemandStateForbids: if it is closed
    """
    demand = await take_demand(session, demand_id=demand_id, expected_version=expected_version, by=by)
    async with whole_platform(session):  # what ends with it belongs to others too
        await _end_demands(session, [demand], DemandCloseReason.WITHDRAWN, at)
    return demand


async def delist_supply(
    session: Session, *, supply_id: UUID, expected_version: int, by: Principal, at: datetime
) -> Supply:
    """
    Take an approved or listed supply out of the library for good; what is held of it is given back.

    :raises SupplyStateForbids: if it is in another state
    """
    async with whole_platform(session):  # the demands that hold it are others'
        demands = await _lock_demands_of(session, [supply_id])
    supply = await take_supply(session, supply_id=supply_id, expected_version=expected_version, by=by)
    async with whole_platform(session):
        await _end_supplies(session, [supply], demands, SupplyCloseReason.DELISTED, at)
    return supply


async def expire_demands(session: Session, *, today: date, at: datetime) -> int:
    """Close some of the open demands whose last day is over and return how many."""
    expired = await DemandRepository(session).lock_expired(today, EXPIRED_AT_ONCE)
    await _end_demands(session, expired, DemandCloseReason.EXPIRED, at)
    return len(expired)


async def expire_supplies(session: Session, *, today: date, at: datetime) -> int:
    """Close some of the supplies whose last day is over and return how many."""
    repository = SupplyRepository(session)
    over = await repository.find_expired(today, EXPIRED_AT_ONCE)
    demands = await _lock_demands_of(session, over)
    expired = await repository.lock_expired(today, among=over)
    await _end_supplies(session, expired, demands, SupplyCloseReason.EXPIRED, at)
    return len(expired)


async def _lock_demands_of(session: Session, supply_ids: Sequence[UUID]) -> dict[UUID, Demand]:
    """Lock the demands that hold the supplies before the supplies themselves, in the order of all commitments."""
    held = await CommitmentRepository(session).list_active(supply_ids=supply_ids)
    return await DemandRepository(session).lock_all({one.demand_id for one in held})


async def _end_demands(session: Session, demands: Sequence[Demand], reason: DemandCloseReason, at: datetime) -> None:
    """Close locked demands; nobody commits to them meanwhile, for that locks the demand first."""
    for demand in demands:
        demand.close(reason)
    held = await CommitmentRepository(session).list_active(demand_ids=[demand.id for demand in demands])
    supplies = await SupplyRepository(session).lock_all({one.supply_id for one in held})
    await _end_commitments(session, held, f"demand_{reason.value}", at, fulfilled=reason in FULFILLING)
    await _count(session, demands, [*supplies.values()])
    for demand in demands:
        await announce_demand(session, demand=demand, reason=reason.value)
    if reason not in FULFILLING:
        for supply in supplies.values():
            await announce_supply(session, supply=supply, reason="released")
    await _announce_commitments(session, held)


async def _end_supplies(
    session: Session, supplies: Sequence[Supply], demands: dict[UUID, Demand], reason: SupplyCloseReason, at: datetime
) -> None:
    """Close locked supplies whose demands are locked."""
    for supply in supplies:
        supply.close(reason)
    held = await CommitmentRepository(session).list_active(supply_ids=[supply.id for supply in supplies])
    # One that was committed between the two locks: PostgreSQL ends the circle that this could close.
    demands |= await DemandRepository(session).lock_all({one.demand_id for one in held} - demands.keys())
    of_held = [demands[demand_id] for demand_id in sorted({one.demand_id for one in held})]
    await _end_commitments(session, held, f"supply_{reason.value}", at, fulfilled=reason in FULFILLING)
    await _count(session, of_held, supplies)
    for supply in supplies:
        await announce_supply(session, supply=supply, reason=reason.value)
    if reason not in FULFILLING:
        for demand in of_held:
            await announce_demand(session, demand=demand, reason="released")
    await _announce_commitments(session, held)


async def _end_commitments(
    session: Session, held: Sequence[Commitment], reason: str, at: datetime, *, fulfilled: bool
) -> None:
    for commitment in held:
        if fulfilled:
            commitment.fulfil()
        else:
            commitment.release(reason=reason, at=at)
    await session.flush()


async def _count(session: Session, demands: Sequence[Demand], supplies: Sequence[Supply]) -> None:
    commitments = CommitmentRepository(session)
    for demand in demands:
        demand.count_places(await commitments.count_places_taken(demand.id))
    for supply in supplies:
        supply.count_capacity(await commitments.count_capacity_used(supply.id))


async def _announce_commitments(session: Session, ended: Sequence[Commitment]) -> None:
    for commitment in ended:
        released = commitment.status is CommitmentStatus.RELEASED
        await feed.announce(session, commitment, reason="released" if released else "fulfilled")
