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
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.facts import WHOLE_COUNTRY, DemandFacts, Offer
from services.matching.scoring.gates import GateResult, check_gates
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import PairScore, rank_supplies, sort_pairs
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
    best: list[PairScore] = []
    while listed := await MarketRepository(session).list_supplies_after(last, limit=PAGE, regions=regions):
        last = listed[-1][0].id
        offers = await read_offers(session, supplies=listed, today=today)
        some = {
            supply.id: (offer, Owner.of(owner))
            for (supply, owner), offer in zip(listed, offers, strict=True)
            if _suits(market, demand, offer, suits)
        }
        ranked = await scorer.run(partial(_rank, market, demand, [offer for offer, _ in some.values()], terms.alone))
        best = sort_pairs([*best, *ranked])[:POOL]
        market = _keep(market, some, best)
    texts = (read_demand_text(demand), *(read_supply_text(one.supply) for one in market.offers.values()))
    await prepare_vectors(session, texts=texts, scorer=scorer)
    return market, await scorer.run(partial(_rank, market, demand, list(market.offers.values()), terms.model))


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


def _suits(market: Market, demand: DemandFacts, offer: Offer, suits: Suits) -> bool:
    gates = check_gates(demand, offer.supply, offer.organization, as_of=market.as_of, gates=market.policy.gates)
    return not gates.excluded and suits(market.policy, demand, offer, gates)


def _keep(market: Market, some: dict[UUID, tuple[Offer, Owner]], best: list[PairScore]) -> Market:
    """Return the market of the best alone, of which some are new."""
    offers = {**market.offers, **{one: offer for one, (offer, _) in some.items()}}
    owners = {**market.organizations, **{owner.id: owner for _, owner in some.values()}}
    kept = {UUID(pair.supply_id): UUID(pair.organization_id) for pair in best}
    return replace(
        market, offers={one: offers[one] for one in kept}, organizations={one: owners[one] for one in kept.values()}
    )


def _rank(market: Market, demand: DemandFacts, offers: list[Offer], model: TextModel) -> list[PairScore]:
    return rank_supplies(demand, offers, policy=market.policy, as_of=market.as_of, text_model=model)
