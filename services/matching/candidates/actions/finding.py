"""Find candidates in the market in memory: by its engine, or by the reference where few suit what is wanted."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID

from services.matching.candidates.actions.live import LiveMarket, add_demand, add_offer
from services.matching.candidates.actions.market import Market, Named, read_id
from services.matching.candidates.actions.ranking import Ranking, Wanted, present, rank_for_demand, rank_for_supply
from services.matching.engine.definition import POOL
from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.fit import UNKNOWN
from services.matching.scoring.ranking import DemandScorer, PairScore, make_order, measure_tie_breakers
from services.matching.scoring.sides import round_for_sides
from services.matching.scoring.text import Vector
from shared.auth.principals import Principal

if TYPE_CHECKING:
    from services.matching.engine.searching import Found

_COARSE = 0.01
"""By so much the total that sides see may differ from the true one."""


async def find_for_demand(
    live: LiveMarket,
    *,
    demand_id: UUID,
    demand: DemandFacts,
    vectors: Mapping[str, Vector],
    is_draft: bool = False,
    wanted: Wanted,
    by: Principal,
) -> Ranking:
    """Find the supplies for a demand; ``vectors`` holds that of its text if it is not open; a draft is forgotten."""

    def work() -> Ranking:
        market = live.market
        suiting = (one for one, offer in market.offers.items() if wanted.suits_offer(offer, market))
        few = _list_few(suiting, market.offers, wanted, live)
        if few is not None:
            some = replace(add_demand(market, demand_id, demand), offers={one: market.offers[one] for one in few})
            return rank_for_demand(some, demand_id, model=live.model, wanted=wanted, by=by)
        market, found = live.find_supplies(demand_id, demand)
        kept = found
        if not wanted.takes_everything:
            kept = [one for one in found if wanted.suits_offer(market.offers[UUID(one.supply_id)], market)]
        excluded = len(market.offers) - len(found) if wanted.takes_everything and len(found) < POOL else None
        return _present(found, kept, excluded, market, live, wanted, by)

    if not vectors and wanted.takes_everything and len(live.market.offers) > live.by_reference:
        return work()  # two milliseconds, nearly all under the interpreter's lock: a thread would not free anybody
    return await live.run(lambda: _with_vectors(live, vectors, is_draft, work))


async def find_for_supply(
    live: LiveMarket,
    *,
    supply_id: UUID,
    offer: Offer,
    owner: Named,
    vectors: Mapping[str, Vector],
    is_draft: bool = False,
    wanted: Wanted,
    by: Principal,
) -> Ranking:
    """Find the demands for a supply; ``vectors`` holds that of its text if it is not listed; a draft is forgotten."""

    def work() -> Ranking:
        market = live.market
        suiting = (one for one, demand in market.demands.items() if wanted.suits_demand(demand))
        few = _list_few(suiting, market.demands, wanted, live)
        if few is not None:
            some = replace(
                add_offer(market, supply_id, offer, owner), demands={one: market.demands[one] for one in few}
            )
            return rank_for_supply(some, supply_id, model=live.model, wanted=wanted, by=by)
        market, found = live.find_demands(supply_id, offer, owner)
        kept = found
        if not wanted.takes_everything:
            kept = [one for one in found if wanted.suits_demand(market.demands[UUID(one.demand_id)])]
        excluded = len(market.demands) - len(found) if wanted.takes_everything and len(found) < POOL else None
        return _present(found, kept, excluded, market, live, wanted, by)

    return await live.run(lambda: _with_vectors(live, vectors, is_draft, work))


def pool_supplies(
    live: LiveMarket, *, demand_id: UUID, demand: DemandFacts, vectors: Mapping[str, Vector], by: Principal
) -> tuple[Market, list[PairScore]]:
    """Return the best supplies of a demand, scored, and the market they are of; CPU work."""
    with live.model.vectors.given(vectors):
        market, found = live.find_supplies(demand_id, demand)
    score = _make_score(market, live)
    return market, [score(one) for one in _show_to(by, found, found, live)]


def _with_vectors(
    live: LiveMarket, vectors: Mapping[str, Vector], is_draft: bool, work: Callable[[], Ranking]
) -> Ranking:
    with live.model.draft(vectors) if is_draft else live.model.vectors.given(vectors):
        return work()


def _list_few(
    suiting: Iterable[UUID], everything: Mapping[UUID, object], wanted: Wanted, live: LiveMarket
) -> list[UUID] | None:
    """Return what suits if the reference can score it while somebody waits, excluded ones and all."""
    if wanted.takes_everything and len(everything) > live.by_reference:
        return None
    first = list(islice(suiting, live.by_reference + 1))
    return first if len(first) <= live.by_reference else None


def _present(
    found: "list[Found]",
    kept: "list[Found]",
    excluded: int | None,
    market: Market,
    live: LiveMarket,
    wanted: Wanted,
    by: Principal,
) -> Ranking:
    kept = _show_to(by, found, kept, live)
    return present(
        kept,
        market,
        wanted,
        by,
        model_hash=live.model.model_hash,
        excluded=excluded,
        complete=len(found) < POOL,
        order=lambda pair: _order(pair, market),
        score=_make_score(market, live),
    )


def _show_to(by: Principal, found: "list[Found]", kept: "list[Found]", live: LiveMarket) -> "list[Found]":
    is_told_all = len(found) < POOL or by.sees_official_fields
    return kept if is_told_all else _leave_out_the_last(found, kept, live.meaning_slope)


def _make_score(market: Market, live: LiveMarket) -> "Callable[[Found], PairScore]":
    from services.matching.engine.explaining import score_found

    scorers: dict[str, DemandScorer] = {}

    def score(found: "Found") -> PairScore:
        scorer = scorers.get(found.demand_id)
        if scorer is None:
            scorer = scorers[found.demand_id] = DemandScorer(
                market.demands[read_id(found.demand_id)],
                policy=market.policy,
                as_of=market.as_of,
                model_hash=live.model.model_hash,
            )
        return score_found(found, market.offers[read_id(found.supply_id)], scorer)

    return score


def _order(found: "Found", market: Market) -> tuple[object, ...]:
    demand, supply = market.demands[UUID(found.demand_id)], market.offers[UUID(found.supply_id)].supply
    return make_order(found, measure_tie_breakers(demand, supply, market.policy))


def _leave_out_the_last(found: "list[Found]", kept: "list[Found]", meaning_slope: float) -> "list[Found]":
    """
    Leave out what is in the pool by less than a side can see.

    The pool is chosen by true totals, which official facts move by thousandths: who belongs to its end would tell of
    them. What is kept would be there whatever lies within the rounding of its total.
    """

    def before(one: "Found") -> float:
        return one.fit - meaning_slope * (one.meaning - UNKNOWN)

    def rank(one: "Found") -> tuple[bool, float]:
        return one.status == "eligible", before(one) + one.tilt

    last = min(map(rank, found))
    least = (last[0], last[1] + _COARSE)
    return [one for one in kept if (one.status == "eligible", round_for_sides(before(one), one.tilt)[2]) > least]
