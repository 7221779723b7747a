"""The best supplies of one demand in a large market, without reading what cannot serve its place."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID

from services.matching.candidates.actions.live import Owner
from services.matching.candidates.actions.market import Market, prepare_vectors
from services.matching.candidates.actions.scorer import CountedTerms, Scorer
from services.matching.candidates.repository import MarketRepository, TermsRepository
from services.matching.engine.definition import POOL
from services.matching.engine.encoding import list_ancestors
from services.matching.policies.actions import read_current_policy
from services.matching.profiles.actions import read_demand_facts, read_offers
from services.matching.profiles.models import OrganizationProfile, SupplyProfile
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.facts import WHOLE_COUNTRY, DemandFacts, Offer
from services.matching.scoring.gates import GateResult, check_gates
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import PairScore, rank_supplies
from services.matching.scoring.text import TextModel
from services.matching.scoring.wording import read_demand_text, read_supply_text
from shared.db import Session

PAGE = 500
_LENGTHS = (2, 4, 6, 9, 12)
Suits = Callable[[Policy, DemandFacts, Offer, GateResult], bool]
"""Tells whether a pair that the gates do not exclude may be chosen."""


async def rank_serving_supplies(
    session: Session, *, demand_id: UUID, today: date, scorer: Scorer, suits: Suits
) -> tuple[Market, list[PairScore]] | None:
    """
    Return the best two hundred suiting supplies of a demand in order, and the market of these alone.

    They are chosen in the engine's two stages: by the total with the meaning of the texts unknown, then by the whole
    total. Terms weigh as they were counted last for all replicas; ``None`` says that nobody has counted them yet.

    :raises NoPolicyInForce: if no policy is in force on the day
    """
    terms = await _recall_terms(session, scorer)
    if terms is None:
        return None
    profiles = ProfileRepository(session)
    cursors = await profiles.read_cursors()
    policy = (await read_current_policy(session, today=today)).read()
    (demand,) = await read_demand_facts(session, demands=await profiles.list_demands([demand_id]), today=today)
    market = Market(
        policy=policy, as_of=today, demands={demand_id: demand}, offers={}, organizations={}, cursors=cursors
    )
    regions, last = list_region_names(demand), None
    while listed := await MarketRepository(session).list_supplies_after(last, limit=PAGE, regions=regions):
        last = listed[-1][0].id
        offers = await read_offers(session, supplies=listed, today=today)
        suiting = {
            supply.id: offer for (supply, _), offer in zip(listed, offers, strict=True) if _suits(market, offer, suits)
        }
        larger = _join(market, listed, suiting)
        best = (await scorer.run(partial(_rank, larger, demand, terms.alone)))[:POOL]
        market = _keep(larger, best)
    texts = (read_demand_text(demand), *(read_supply_text(one.supply) for one in market.offers.values()))
    await prepare_vectors(session, texts=texts, scorer=scorer)
    return market, await scorer.run(lambda: _rank(market, demand, terms.model))


def list_region_names(demand: DemandFacts) -> list[str]:
    """Return all ways in which a supply may name a region that contains the demand's place (``make_region_prefix``)."""
    ancestors = [one for one in list_ancestors(demand) if one != WHOLE_COUNTRY]
    padded = (one.ljust(length, "0") for one in ancestors for length in _LENGTHS if length >= len(one))
    whole = (WHOLE_COUNTRY, "", *("1".ljust(length, "0") for length in range(1, 13)))
    return list(dict.fromkeys((*whole, *padded)))


async def _recall_terms(session: Session, scorer: Scorer) -> CountedTerms | None:
    newest_id = await TermsRepository(session).find_newest_id()
    if newest_id is None:
        return None
    known = scorer.recall_terms(newest_id)
    if known is None and (counted := await TermsRepository(session).find_newest()) is not None:
        known = await scorer.learn_terms(counted.id, counted.read)
    return known


def _suits(market: Market, offer: Offer, suits: Suits) -> bool:
    (demand,) = market.demands.values()
    gates = check_gates(demand, offer.supply, offer.organization, as_of=market.as_of, gates=market.policy.gates)
    return not gates.excluded and suits(market.policy, demand, offer, gates)


def _join(market: Market, listed: list[tuple[SupplyProfile, OrganizationProfile]], offers: dict[UUID, Offer]) -> Market:
    owners = {owner.id: Owner.of(owner) for supply, owner in listed if supply.id in offers}
    return replace(market, offers={**market.offers, **offers}, organizations={**market.organizations, **owners})


def _keep(market: Market, pairs: list[PairScore]) -> Market:
    kept = {UUID(pair.supply_id): UUID(pair.organization_id) for pair in pairs}
    return replace(
        market,
        offers={one: market.offers[one] for one in kept},
        organizations={one: market.organizations[one] for one in kept.values()},
    )


def _rank(market: Market, demand: DemandFacts, model: TextModel) -> list[PairScore]:
    offers = list(market.offers.values())
    return rank_supplies(demand, offers, policy=market.policy, as_of=market.as_of, text_model=model)
