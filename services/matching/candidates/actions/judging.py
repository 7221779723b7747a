"""Judge pairs by their gates, whatever state their demands and supplies are in."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.matching.policies.actions import read_gates
from services.matching.profiles.actions import read_demand_facts, read_offers
from services.matching.profiles.errors import DemandUnknown, SupplyUnknown
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.facts import SupplyFacts
from services.matching.scoring.gates import GateResult, check_gates
from shared.db import Session

Pair = tuple[UUID, UUID]
"""A demand and a supply."""


async def judge_pairs(
    session: Session, *, pairs: Collection[Pair], today: date, ask_capacity: bool = True
) -> dict[Pair, GateResult]:
    """
    Return what the gates of the policy in force say about each pair on a day; what is not known here is left out.

    Capacity is not asked of pairs that have a pairing: projects decides it, under its locks.
    """
    gates = await read_gates(session, today=today)
    profiles = ProfileRepository(session)
    demands = await profiles.list_demands({demand_id for demand_id, _ in pairs})
    supplies = await profiles.list_supplies({supply_id for _, supply_id in pairs})
    facts = await read_demand_facts(session, demands=demands, today=today)
    offers = await read_offers(session, supplies=supplies, today=today)
    demand_facts = {demand.id: known for demand, known in zip(demands, facts, strict=True)}
    found = {supply.id: offer for (supply, _), offer in zip(supplies, offers, strict=True)}
    return {
        (demand_id, supply_id): check_gates(
            demand_facts[demand_id],
            offer.supply if ask_capacity else _with_room(offer.supply),
            offer.organization,
            as_of=today,
            gates=gates,
        )
        for demand_id, supply_id in pairs
        if demand_id in demand_facts and (offer := found.get(supply_id)) is not None
    }


async def judge_pair(
    session: Session, *, demand_id: UUID, supply_id: UUID, today: date, ask_capacity: bool = True
) -> GateResult:
    """
    Return what the gates say about one pair on a day.

    :raises DemandUnknown: if the demand is not known here
    :raises SupplyUnknown: if the supply, or its organization, is not known here
    """
    judged = await judge_pairs(session, pairs=[(demand_id, supply_id)], today=today, ask_capacity=ask_capacity)
    if judged:
        return judged[demand_id, supply_id]
    raise SupplyUnknown if await ProfileRepository(session).list_demands([demand_id]) else DemandUnknown


def _with_room(supply: SupplyFacts) -> SupplyFacts:
    return replace(supply, capacity_used=0, capacity_total=max(1, supply.capacity_total))
