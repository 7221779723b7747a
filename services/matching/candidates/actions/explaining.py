"""Explain any pair (为何不匹配): also an excluded or held one, with what would have to change, and who could raise."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.matching.candidates.actions.live import LiveMarket
from services.matching.candidates.actions.ranking import Candidate, describe_candidate
from services.matching.candidates.actions.scorer import Scorer
from services.matching.candidates.actions.scoring_pair import ScoredPair, score_present_pair
from services.matching.profiles.errors import DemandUnknown, SupplyUnknown
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.fundraisers import Fundraiser, rank_fundraisers
from services.matching.scoring.remedies import NEEDS_FUNDRAISER, Change, list_changes
from shared.auth.principals import Principal
from shared.contracts.codes import QualificationKind, Role
from shared.db import Session

MOST_FUNDRAISERS = 20
SUPPLY_OFFICES = {Role.CIVIL_AFFAIRS_OFFICER, Role.PROVINCIAL_OFFICER}


@dataclass(frozen=True)
class NamedFundraiser:
    """A qualified fund-raiser with its name."""

    name: str
    found: Fundraiser


@dataclass(frozen=True)
class Explained:
    """A pair with its explanation, whether both take proposals, and what would have to change."""

    candidate: Candidate
    demand_is_open: bool
    supply_is_listed: bool
    changes: tuple[Change, ...]
    fundraisers: list[NamedFundraiser]


@dataclass(frozen=True)
class _Pair:
    scored: ScoredPair
    demand_is_open: bool
    supply_is_listed: bool


async def explain_candidate(
    session: Session,
    *,
    demand_id: UUID,
    supply_id: UUID,
    by: Principal,
    scorer: Scorer,
    today: date,
    live: LiveMarket | None = None,
) -> Explained:
    """
    Explain one pair, in whatever state its demand and supply are.

    :raises DemandUnknown: if the caller may not know of the demand, or stands for neither side
    :raises SupplyUnknown: if the caller may not know of the supply
    """
    pair = await _read_pair(
        session, demand_id=demand_id, supply_id=supply_id, by=by, scorer=scorer, today=today, live=live
    )
    market = pair.scored.market
    demand, offer = market.demands[demand_id], market.offers[supply_id]
    changes = list_changes(demand, offer.supply, offer.organization, as_of=today, gates=market.policy.gates)
    lacking = any(change.reason.code in NEEDS_FUNDRAISER for change in changes)
    return Explained(
        candidate=describe_candidate(pair.scored.score, None, market),
        demand_is_open=pair.demand_is_open,
        supply_is_listed=pair.supply_is_listed,
        changes=changes,
        fundraisers=await _rank_fundraisers(session, pair.scored, demand_id, supply_id, scorer) if lacking else [],
    )


async def list_fundraisers(
    session: Session,
    *,
    demand_id: UUID,
    supply_id: UUID,
    by: Principal,
    scorer: Scorer,
    today: date,
    live: LiveMarket | None = None,
) -> list[NamedFundraiser]:
    """
    Return the qualified fund-raisers (募方) that fit the executor of a pair (用方), the best first.

    :raises DemandUnknown: if the caller may not know of the demand, or stands for neither side
    :raises SupplyUnknown: if the caller may not know of the supply
    """
    pair = await _read_pair(
        session, demand_id=demand_id, supply_id=supply_id, by=by, scorer=scorer, today=today, live=live
    )
    return await _rank_fundraisers(session, pair.scored, demand_id, supply_id, scorer)


async def _read_pair(
    session: Session,
    *,
    demand_id: UUID,
    supply_id: UUID,
    by: Principal,
    scorer: Scorer,
    today: date,
    live: LiveMarket | None,
) -> _Pair:
    profiles = ProfileRepository(session)
    demand = await profiles.get_demand(demand_id, visible_to=by)
    supply = await profiles.get_supply(supply_id, visible_to=by)
    organization = await profiles.find_organization(supply.organization_id)
    if organization is None:
        raise SupplyUnknown
    keeps = by.role in SUPPLY_OFFICES and by.covers(organization.record_division)
    if not (by.covers(demand.division) or by.speaks_for(organization.id) or keeps):
        raise DemandUnknown
    scored = await score_present_pair(
        session, demand=demand, supply=supply, organization=organization, today=today, scorer=scorer, live=live
    )
    return _Pair(scored, demand.is_open, supply.is_listed)


async def _rank_fundraisers(
    session: Session, scored: ScoredPair, demand_id: UUID, supply_id: UUID, scorer: Scorer
) -> list[NamedFundraiser]:
    market = scored.market
    qualified = await ProfileRepository(session).list_qualified(QualificationKind.PUBLIC_FUNDRAISING)
    names = {str(one.id): one.name for one in qualified}
    facts = [one.facts(market.as_of) for one in qualified]
    ranked = await scorer.run(
        lambda: rank_fundraisers(
            market.demands[demand_id],
            market.offers[supply_id].organization,
            facts,
            scored.offers.values(),
            as_of=market.as_of,
        )
    )
    return [NamedFundraiser(names[one.organization_id], one) for one in ranked[:MOST_FUNDRAISERS]]
