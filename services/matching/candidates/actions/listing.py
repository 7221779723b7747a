"""List the candidates of a demand or of a supply that is saved."""

from datetime import date
from uuid import UUID

from services.matching.candidates.actions.finding import find_for_demand, find_for_supply
from services.matching.candidates.actions.live import LiveMarket, Owner
from services.matching.candidates.actions.market import read_market, read_vectors
from services.matching.candidates.actions.ranking import Ranking, Wanted, rank_for_demand, rank_for_supply
from services.matching.candidates.actions.scorer import Scorer
from services.matching.profiles.actions import read_demand_facts, read_offers
from services.matching.profiles.errors import DemandUnknown, SupplyUnknown
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.wording import read_demand_text, read_supply_text
from shared.auth.principals import Principal
from shared.db import Session


async def rank_demand_candidates(
    session: Session,
    *,
    demand_id: UUID,
    by: Principal,
    scorer: Scorer,
    today: date,
    wanted: Wanted,
    live: LiveMarket | None = None,
) -> Ranking:
    """
    Rank the listed supplies for a demand, the best first: in the market in memory, if there is one.

    :raises DemandUnknown: if the demand lies outside the caller's scope
    """
    facts = None if live is None else live.market.demands.get(demand_id)
    if live is not None and facts is not None:
        # It is open, and so all of the business may know of it: nothing of it has to be read.
        if not by.covers(facts.division_code):
            raise DemandUnknown
        return await find_for_demand(live, demand_id=demand_id, demand=facts, vectors={}, wanted=wanted, by=by)
    demand = await ProfileRepository(session).get_demand(demand_id, visible_to=by)
    if not by.covers(demand.division):
        raise DemandUnknown
    if live is None:
        market = await read_market(session, today=today, scorer=scorer, demand=demand)
        return await scorer.score(
            market.corpus, lambda model: rank_for_demand(market, demand_id, model=model, wanted=wanted, by=by)
        )
    (facts,) = await read_demand_facts(session, demands=[demand], today=live.market.as_of)
    vectors = await read_vectors(session, texts=[read_demand_text(facts)], scorer=scorer)
    return await find_for_demand(live, demand_id=demand_id, demand=facts, vectors=vectors, wanted=wanted, by=by)


async def rank_supply_candidates(
    session: Session,
    *,
    supply_id: UUID,
    by: Principal,
    scorer: Scorer,
    today: date,
    wanted: Wanted,
    live: LiveMarket | None = None,
) -> Ranking:
    """
    Rank the open demands for a supply, the best first; for who sees no official fields in the order of what is shown.

    :raises SupplyUnknown: if it is neither the caller's own nor kept within the caller's scope
    """
    supply = await ProfileRepository(session).get_supply(supply_id, visible_to=by)
    organization = await ProfileRepository(session).find_organization(supply.organization_id)
    if organization is None or not (by.speaks_for(organization.id) or by.covers(organization.record_division)):
        raise SupplyUnknown
    if live is None:
        market = await read_market(session, today=today, scorer=scorer, supply=(supply, organization))
        return await scorer.score(
            market.corpus, lambda model: rank_for_supply(market, supply_id, model=model, wanted=wanted, by=by)
        )
    offer, vectors = live.market.offers.get(supply_id), {}
    if offer is None:
        (offer,) = await read_offers(session, supplies=[(supply, organization)], today=live.market.as_of)
        vectors = await read_vectors(session, texts=[read_supply_text(offer.supply)], scorer=scorer)
    return await find_for_supply(
        live,
        supply_id=supply_id,
        offer=offer,
        owner=Owner.of(organization),
        vectors=vectors,
        wanted=wanted,
        by=by,
    )
