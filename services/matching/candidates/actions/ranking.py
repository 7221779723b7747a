"""Rank the candidates of one demand or of one supply."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.matching.candidates.actions.market import Market, read_market
from services.matching.candidates.actions.scorer import Scorer
from services.matching.profiles.errors import DemandUnknown, SupplyUnknown
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.explanation import explain_pair
from services.matching.scoring.ranking import PairScore, rank_demands, rank_supplies
from services.matching.scoring.sides import order_for_sides
from shared.auth.principals import Principal
from shared.db import Session


@dataclass(frozen=True)
class Candidate:
    """A ranked pair with its explanation; ``rank`` is missing for an excluded one."""

    demand_id: UUID
    demand_title: str
    demand_division: str
    supply_id: UUID
    supply_title: str
    organization_id: UUID
    organization_name: str
    rank: int | None
    pair: PairScore
    explanation: dict[str, Any]


@dataclass(frozen=True)
class Ranking:
    """The candidates shown, and how many of all are eligible, held and excluded."""

    policy_version: str
    model_hash: str
    eligible: int
    held: int
    excluded: int
    items: list[Candidate]


async def rank_demand_candidates(
    session: Session,
    *,
    demand_id: UUID,
    by: Principal,
    scorer: Scorer,
    today: date,
    limit: int,
    include_excluded: bool = False,
) -> Ranking:
    """
    Rank the listed supplies for a demand, the best first.

    :raises DemandUnknown: if the demand lies outside the caller's scope
    """
    demand = await ProfileRepository(session).get_demand(demand_id, visible_to=by)
    if not by.covers(demand.division):
        raise DemandUnknown
    market = await read_market(session, today=today, scorer=scorer, demand=demand)
    return await scorer.score(
        market.corpus,
        lambda model: _present(
            rank_supplies(
                market.demands[demand_id],
                list(market.offers.values()),
                policy=market.policy,
                as_of=today,
                text_model=model,
            ),
            model.model_hash,
            market,
            limit,
            include_excluded,
        ),
    )


async def rank_supply_candidates(
    session: Session,
    *,
    supply_id: UUID,
    by: Principal,
    scorer: Scorer,
    today: date,
    limit: int,
    include_excluded: bool = False,
) -> Ranking:
    """
    Rank the open demands for a supply, the best first; for who sees no official fields in the order of what is shown.

    :raises SupplyUnknown: if it is neither the caller's own nor kept within the caller's scope
    """
    supply = await ProfileRepository(session).get_supply(supply_id, visible_to=by)
    organization = await ProfileRepository(session).find_organization(supply.organization_id)
    if organization is None or not (by.speaks_for(organization.id) or by.covers(organization.record_division)):
        raise SupplyUnknown
    market = await read_market(session, today=today, scorer=scorer, supply=(supply, organization))
    return await scorer.score(
        market.corpus,
        lambda model: _present(
            sorted(
                rank_demands(
                    market.offers[supply_id],
                    list(market.demands.values()),
                    policy=market.policy,
                    as_of=today,
                    text_model=model,
                ),
                key=(lambda pair: pair.order) if by.sees_official_fields else order_for_sides,
            ),
            model.model_hash,
            market,
            limit,
            include_excluded,
        ),
    )


def _present(
    pairs: Sequence[PairScore], model_hash: str, market: Market, limit: int, include_excluded: bool
) -> Ranking:
    counts = {status: sum(pair.status == status for pair in pairs) for status in ("eligible", "held", "excluded")}
    suited = [pair for pair in pairs if not pair.excluded][:limit]
    shown = [_describe(pair, place, market) for place, pair in enumerate(suited, start=1)]
    if include_excluded:
        shown += [_describe(pair, None, market) for pair in pairs if pair.excluded][:limit]
    return Ranking(policy_version=market.policy.version, model_hash=model_hash, items=shown, **counts)


def _describe(pair: PairScore, rank: int | None, market: Market) -> Candidate:
    demand, offer = market.demands[UUID(pair.demand_id)], market.offers[UUID(pair.supply_id)]
    organization = market.organizations[UUID(pair.organization_id)]
    return Candidate(
        demand_id=UUID(pair.demand_id),
        demand_title=demand.title,
        demand_division=demand.division_code,
        supply_id=UUID(pair.supply_id),
        supply_title=offer.supply.title,
        organization_id=organization.id,
        organization_name=organization.name,
        rank=rank,
        pair=pair,
        explanation=explain_pair(pair, policy=market.policy),
    )
