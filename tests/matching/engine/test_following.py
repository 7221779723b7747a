"""The engine follows the feeds: every answer is that of one position, whatever is applied meanwhile."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine.changes import Change, DemandClosed, DemandOpened, SupplyOffered, SupplyWithdrawn
from services.matching.engine.engine import Engine, NotInTheMarket
from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.policy import load_policy
from services.matching.scoring.ranking import rank_demands, rank_supplies
from tests.matching.engine.markets import MODEL, demands, offers
from tests.matching.scoring.builders import TODAY, make_demand, make_offer, make_organization, make_supply

pytestmark = pytest.mark.xdist_group("kernels")  # compiled once, by one process

POLICY = load_policy()
DEMAND = make_demand()


def make_one(supply_id: str, **changes: Any) -> Offer:
    return make_offer(make_supply(supply_id=supply_id, **changes), make_organization())


def build(pool: list[Offer], asked: list[DemandFacts] | None = None) -> Engine:
    return Engine.build(pool, [DEMAND] if asked is None else asked, POLICY, 0, as_of=TODAY, text_model=MODEL)


def find(engine: Engine) -> tuple[int, list[str]]:
    answer = engine.candidates(DEMAND.demand_id, 50)
    return answer.position, [one.supply_id for one in answer.found]


def test_a_new_supply_is_found_and_a_withdrawn_one_is_gone_at_the_next_position() -> None:
    engine = build([make_one("a"), make_one("b")])
    engine.apply([SupplyOffered(make_one("c")), SupplyWithdrawn("a")], 1)
    assert find(engine) == (1, ["b", "c"])
    engine.apply([SupplyWithdrawn("c"), SupplyOffered(make_one("b", capacity_used=5))], 2)
    assert find(engine) == (2, [])
    engine.apply([SupplyOffered(make_one("a"))], 3)
    engine.compact()
    assert find(engine) == (3, ["a"])


def test_a_closed_demand_is_not_answered_any_more() -> None:
    engine = build([make_one("a")])
    engine.apply([DemandClosed(DEMAND.demand_id)], 1)
    with pytest.raises(NotInTheMarket):
        engine.candidates(DEMAND.demand_id, 5)
    engine.apply([DemandOpened(DEMAND)], 2)
    assert find(engine) == (2, ["a"])
    engine.apply([DemandOpened(replace(DEMAND, division_code="330102"))], 3)
    assert find(engine) == (3, [])


def test_a_market_may_be_empty() -> None:
    engine = build([], [])
    assert engine.candidates(DEMAND, 5).found == []
    engine.apply([SupplyOffered(make_one("a")), DemandOpened(DEMAND)], 1)
    assert find(engine) == (1, ["a"])
    assert [one.demand_id for one in engine.candidates_for_supply("a", 5).found] == [DEMAND.demand_id]


@given(
    st.lists(offers, max_size=8, unique_by=lambda one: one.supply.supply_id),
    st.lists(offers, max_size=8, unique_by=lambda one: one.supply.supply_id),
    st.lists(demands, min_size=2, max_size=4),
    st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_a_market_that_came_by_changes_is_answered_like_one_that_was_there(
    first: list[Offer], later: list[Offer], asked: list[DemandFacts], compacted: bool
) -> None:
    named = [replace(one, demand_id=f"d{place}") for place, one in enumerate(asked)]
    engine = build(first, named[:1])
    changes: list[Change] = [*map(SupplyOffered, later), *map(DemandOpened, named[1:])]
    engine.apply([*changes, *(SupplyWithdrawn(one.supply.supply_id) for one in first[:2])], 5)
    if compacted:
        engine.compact()
    market = {one.supply.supply_id: one for one in [*first, *later]}
    for one in first[:2]:
        market.pop(one.supply.supply_id, None)
    for demand in named:
        ranked = rank_supplies(demand, list(market.values()), policy=POLICY, as_of=TODAY, text_model=MODEL)
        found = engine.candidates(demand.demand_id, 50).found
        assert [one.supply_id for one in found] == [pair.supply_id for pair in ranked if not pair.excluded]
    for name, offer in market.items():
        pairs = rank_demands(offer, named, policy=POLICY, as_of=TODAY, text_model=MODEL)
        best = engine.candidates_for_supply(name, 50).found
        assert [one.demand_id for one in best] == [pair.demand_id for pair in pairs if not pair.excluded]


def test_an_answer_never_mixes_two_positions() -> None:
    # At an even position the even supplies are there, at an odd one the odd ones; each change moves all of them.
    sides = [[make_one(f"{side}{number}") for number in range(6)] for side in ("even", "odd")]
    engine = build(sides[0])
    ended = Event()

    def ask() -> Iterator[tuple[int, set[str]]]:
        while not ended.is_set():
            position, names = find(engine)
            yield position, {name.rstrip("0123456789") for name in names}

    with ThreadPoolExecutor(3) as executor:
        readers = [executor.submit(lambda: list(ask())) for _ in range(2)]
        compacting = executor.submit(lambda: [engine.compact() for _ in iter(ended.is_set, True)])
        for position in range(1, 60):
            gone, come = sides[(position + 1) % 2], sides[position % 2]
            changes = [SupplyWithdrawn(one.supply.supply_id) for one in gone]
            engine.apply([*changes, *map(SupplyOffered, come)], position)
        ended.set()
        answers = [answer for reader in readers for answer in reader.result()]
        compacting.result()
    assert len({position for position, _ in answers}) > 5
    assert all(names == {("even", "odd")[position % 2]} for position, names in answers)
