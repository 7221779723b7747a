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
from services.matching.scoring.sides import order_for_sides, round_for_sides
from services.matching.scoring.text import TextModel
from shared.auth.principals import Principal
from shared.contracts.codes import FieldCode, OrganizationType
from shared.db import Session
from shared.paging import Slice, cut_page


@dataclass(frozen=True)
class Wanted:
    """
    Which candidates are wanted, and which page of them.

    Place, field and type are asked of the other side: of the demands for a supply, of the supplies for a demand.
    """

    limit: int = 20
    cursor: str | None = None
    include_excluded: bool = False
    eligibility: frozenset[str] = frozenset({"eligible", "held"})
    division: str = ""
    field: FieldCode | None = None
    organization_type: OrganizationType | None = None
    minimum_score: float = 0


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
    next_cursor: str | None = None


async def rank_demand_candidates(
    session: Session,
    *,
    demand_id: UUID,
    by: Principal,
    scorer: Scorer,
    today: date,
    wanted: Wanted,
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
        market.corpus, lambda model: rank_for_demand(market, demand_id, model=model, wanted=wanted, by=by)
    )


async def rank_supply_candidates(
    session: Session,
    *,
    supply_id: UUID,
    by: Principal,
    scorer: Scorer,
    today: date,
    wanted: Wanted,
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
        market.corpus, lambda model: rank_for_supply(market, supply_id, model=model, wanted=wanted, by=by)
    )


def rank_for_demand(market: Market, demand_id: UUID, *, model: TextModel, wanted: Wanted, by: Principal) -> Ranking:
    """Rank the wanted offers of a market for one of its demands."""
    offers = [
        offer
        for offer in market.offers.values()
        if _suits(wanted, offer.supply.fields, market.organizations[UUID(offer.supply.organization_id)].record_division)
        and wanted.organization_type in (None, offer.organization.type)
    ]
    demand = market.demands[demand_id]
    pairs = rank_supplies(demand, offers, policy=market.policy, as_of=market.as_of, text_model=model)
    return _present(pairs, model.model_hash, market, wanted, by)


def rank_for_supply(market: Market, supply_id: UUID, *, model: TextModel, wanted: Wanted, by: Principal) -> Ranking:
    """Rank the wanted demands of a market for one of its offers."""
    demands = [one for one in market.demands.values() if _suits(wanted, one.fields, one.division_code)]
    offer = market.offers[supply_id]
    pairs = rank_demands(offer, demands, policy=market.policy, as_of=market.as_of, text_model=model)
    return _present(pairs, model.model_hash, market, wanted, by)


def _suits(wanted: Wanted, fields: frozenset[str], division: str) -> bool:
    return division.startswith(wanted.division) and (wanted.field is None or wanted.field.value in fields)


def _present(pairs: Sequence[PairScore], model_hash: str, market: Market, wanted: Wanted, by: Principal) -> Ranking:
    # What a side does not see must not follow from the order, the cursor or the least score either.
    order = (lambda pair: pair.order) if by.sees_official_fields else order_for_sides
    pairs = sorted(pairs, key=order)
    places = {id(pair): place for place, pair in enumerate((one for one in pairs if not one.excluded), start=1)}
    counts = {status: sum(pair.status == status for pair in pairs) for status in ("eligible", "held", "excluded")}
    good = [pair for pair in pairs if _see_total(pair, by) >= wanted.minimum_score]
    page: Slice[PairScore] = cut_page(
        [pair for pair in good if pair.status in wanted.eligibility],
        key=order,
        cursor=wanted.cursor,
        limit=wanted.limit,
    )
    shown = list(page.items)
    if wanted.include_excluded and wanted.cursor is None and "excluded" not in wanted.eligibility:
        shown += [pair for pair in good if pair.excluded][: wanted.limit]
    return Ranking(
        policy_version=market.policy.version,
        model_hash=model_hash,
        items=[describe_candidate(pair, places.get(id(pair)), market) for pair in shown],
        next_cursor=page.next_cursor,
        **counts,
    )


def _see_total(pair: PairScore, by: Principal) -> float:
    return pair.total if by.sees_official_fields else round_for_sides(pair.fit, pair.tilt)[2]


def describe_candidate(pair: PairScore, rank: int | None, market: Market) -> Candidate:
    """Return a pair with its names and its explanation."""
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
