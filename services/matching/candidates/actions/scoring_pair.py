"""Score one pair as it stands now, whatever state its demand and supply are in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.matching.candidates.actions.live import LiveMarket
from services.matching.candidates.actions.market import Market, read_market, read_vectors
from services.matching.candidates.actions.scorer import Scorer
from services.matching.policies.actions import read_current_policy
from services.matching.profiles.actions import read_demand_facts, read_offers
from services.matching.profiles.models import DemandProfile, OrganizationProfile, SupplyProfile
from services.matching.scoring.facts import Offer
from services.matching.scoring.ranking import PairScore, score_pair
from services.matching.scoring.text import TextModel
from services.matching.scoring.wording import read_demand_text, read_supply_text
from shared.db import Session


@dataclass(frozen=True)
class ScoredPair:
    """
    A pair with its score, the market that names its sides, and all that is offered.

    ``offers`` is the market of the moment or, from memory, of the last position.
    """

    score: PairScore
    market: Market
    offers: Mapping[UUID, Offer]


async def score_present_pair(
    session: Session,
    *,
    demand: DemandProfile,
    supply: SupplyProfile,
    organization: OrganizationProfile,
    today: date,
    scorer: Scorer,
    live: LiveMarket | None = None,
) -> ScoredPair:
    """
    Score a pair by its facts on a legal day; a market in memory only weighs its terms, instead of being read whole.

    :raises NoPolicyInForce: if no policy is in force on the day
    """
    if live is None:
        market = await read_market(session, today=today, scorer=scorer, demand=demand, supply=(supply, organization))
        pair = await scorer.score(market.corpus, lambda model: _score(market, demand.id, supply.id, model))
        return ScoredPair(pair, market, market.offers)
    (facts,) = await read_demand_facts(session, demands=[demand], today=today)
    (offer,) = await read_offers(session, supplies=[(supply, organization)], today=today)
    market = Market(
        policy=(await read_current_policy(session, today=today)).read(),
        as_of=today,
        demands={demand.id: facts},
        offers={supply.id: offer},
        organizations={organization.id: organization},
        cursors=live.market.cursors,
    )
    texts = [read_demand_text(facts), read_supply_text(offer.supply)]
    vectors = await read_vectors(session, texts=texts, scorer=scorer)

    def work() -> PairScore:
        with live.model.vectors.given(vectors):
            return _score(market, demand.id, supply.id, live.model)

    return ScoredPair(await live.run(work), market, live.market.offers)


def _score(market: Market, demand_id: UUID, supply_id: UUID, model: TextModel) -> PairScore:
    offer = market.offers[supply_id]
    return score_pair(
        market.demands[demand_id],
        offer.supply,
        offer.organization,
        policy=market.policy,
        as_of=market.as_of,
        text_model=model,
    )
