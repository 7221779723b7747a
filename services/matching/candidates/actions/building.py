"""Build the market in memory: read it whole at one moment, and build the engine over it."""

import gc
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from services.matching.candidates.actions.live import LEAST_CHANGES, SHARE_OF_CHANGES, LiveMarket, Owner
from services.matching.candidates.actions.market import Market
from services.matching.candidates.actions.texts import LiveTextModel, ReadVectors, StoredVectors
from services.matching.candidates.models import CorpusTerms
from services.matching.candidates.repository import MarketRepository, TermsRepository
from services.matching.engine.changes import DemandClosed, SupplyOffered
from services.matching.policies.actions import read_current_policy
from services.matching.profiles.actions import read_demand_facts, read_offers
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.facts import DemandFacts, Offer
from shared import clock
from shared.db import Session

PAGE = 500
SET_ASIDE_EVERY = 10_000
TERMS_KEPT = timedelta(days=7)
"""A market that turns over little by little is counted anew after so long."""


@dataclass(frozen=True)
class WholeMarket:
    """The market at one moment, and the numbers of the last changes that are in it."""

    market: Market
    seen: Mapping[str, int]


async def read_whole_market(session: Session, *, today: date) -> WholeMarket:
    """
    Read everything that can be matched on a legal day, page by page and all at the same moment.

    :raises NoPolicyInForce: if no policy is in force on the day
    """
    repository = MarketRepository(session)
    await repository.read_at_one_moment()
    policy = (await read_current_policy(session, today=today)).read()
    gc.collect()  # what is garbage now would be set aside with what is not
    seen = await repository.read_newest_changes()
    cursors = await ProfileRepository(session).read_cursors()
    demands: dict[UUID, DemandFacts] = {}
    last = None
    while opened := await repository.list_demands_after(last, limit=PAGE):
        facts = await read_demand_facts(session, demands=opened, today=today)
        demands |= {one.id: known for one, known in zip(opened, facts, strict=True)}
        last = opened[-1].id
        if len(demands) % SET_ASIDE_EVERY < PAGE:
            set_aside()
    offers: dict[UUID, Offer] = {}
    owners: dict[UUID, Owner] = {}
    last = None
    while listed := await repository.list_supplies_after(last, limit=PAGE):
        found = await read_offers(session, supplies=listed, today=today)
        offers |= {supply.id: offer for (supply, _), offer in zip(listed, found, strict=True)}
        owners |= {organization.id: Owner.of(organization) for _, organization in listed}
        last = listed[-1][0].id
        if len(offers) % SET_ASIDE_EVERY < PAGE:
            set_aside()
    return WholeMarket(
        Market(policy=policy, as_of=today, demands=demands, offers=offers, organizations=owners, cursors=cursors), seen
    )


async def read_terms(session: Session, *, documents: int, outgrown: UUID | None) -> CorpusTerms | None:
    """Return the terms as they were counted last, unless they are outgrown, old, or of a corpus of another size."""
    terms = await TermsRepository(session).find_newest()
    if terms is None or terms.id == outgrown or terms.created_at < clock.now() - TERMS_KEPT:
        return None
    differs = abs(terms.documents - documents)
    return terms if differs <= max(LEAST_CHANGES, SHARE_OF_CHANGES * documents) else None


async def store_terms(session: Session, *, terms: CorpusTerms, instead_of: UUID | None) -> CorpusTerms:
    """Store terms that were counted anew, and return what counts: another replica may have been faster."""
    repository = TermsRepository(session)
    await repository.lock()
    newest = await repository.find_newest()
    if newest is not None and newest.id != instead_of:
        return newest
    await repository.replace(terms)
    return terms


def build_live_market(
    whole: WholeMarket,
    terms: CorpusTerms,
    *,
    weights_hash: str,
    read_vectors: ReadVectors,
    executor: Executor,
    by_reference: int,
) -> LiveMarket:
    """
    Build an engine over a market; CPU work of seconds to minutes, for a thread.

    :raises NotIndexable: if the policy's score has a form that the engine does not know
    """
    from services.matching.engine.engine import Engine

    market = whole.market
    vectors = StoredVectors(weights_hash, read_vectors)
    model = LiveTextModel(terms.read(), vectors)
    _ = model.model_hash  # computed once, and not while somebody waits
    offers, demands = list(market.offers.values()), list(market.demands.values())
    if offers and demands:
        # The first call compiles: nobody shall wait for it in an answer.
        small = Engine.build(offers[:1], demands[:1], market.policy, 0, as_of=market.as_of, text_model=model)
        small.apply([SupplyOffered(offers[0])], 1)
        small.candidates(demands[0], 1)
        small.apply([DemandClosed(demands[0].demand_id)], 2)
        small.candidates_for_supply(offers[0], 1)
    engine = Engine.build(offers, demands, market.policy, 0, as_of=market.as_of, text_model=model)
    if demands:
        engine.candidates(demands[0].demand_id, 1)
    set_aside()
    kept = replace(market)  # without the corpus that it remembers
    return LiveMarket(
        engine, kept, model=model, terms_id=terms.id, seen=whole.seen, executor=executor, by_reference=by_reference
    )


def set_aside() -> None:
    """
    Take everything that is there out of the garbage collector's sight.

    Facts hold no cycles, and each full collection would visit all of them while every request waits.
    """
    gc.collect(1)
    gc.freeze()
