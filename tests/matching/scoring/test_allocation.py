"""The allocation stays within places and capacity and does not lose to plain greed."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.scoring.allocation import Candidate, allocate, sort_candidates

IDS = ("a", "b", "c")
graphs = st.dictionaries(st.tuples(st.sampled_from(IDS), st.sampled_from("xyz")), st.integers(1, 20), max_size=9)
rooms = st.fixed_dictionaries({name: st.integers(0, 2) for name in IDS})
capacities = st.fixed_dictionaries({name: st.integers(0, 2) for name in "xyz"})


def make_candidates(graph: dict[tuple[str, str], int]) -> list[Candidate]:
    return [Candidate(demand, supply, score / 20) for (demand, supply), score in graph.items()]


def is_within(chosen: list[Candidate], places: dict[str, int], capacity: dict[str, int]) -> bool:
    return all(sum(pair.demand_id == name for pair in chosen) <= places.get(name, 0) for name in IDS) and all(
        sum(pair.supply_id == name for pair in chosen) <= capacity.get(name, 0) for name in "xyz"
    )


def add_up(chosen: list[Candidate]) -> float:
    return sum(pair.score for pair in chosen)


def choose_greedily(candidates: list[Candidate], places: dict[str, int], capacity: dict[str, int]) -> list[Candidate]:
    chosen: list[Candidate] = []
    for candidate in sort_candidates(candidates):
        if is_within([*chosen, candidate], places, capacity):
            chosen.append(candidate)
    return chosen


@given(graphs, rooms, capacities, st.randoms())
def test_an_allocation_is_within_limits_no_worse_than_greed_and_independent_of_order(
    graph: dict[tuple[str, str], int], places: dict[str, int], capacity: dict[str, int], random: object
) -> None:
    candidates = make_candidates(graph)
    chosen = allocate(candidates, places=places, capacity=capacity)
    assert is_within(chosen, places, capacity)
    assert len(set(chosen)) == len(chosen)
    assert add_up(chosen) >= add_up(choose_greedily(candidates, places, capacity)) - 1e-9
    random.shuffle(candidates)  # type: ignore[attr-defined]
    assert allocate(candidates, places=places, capacity=capacity) == chosen


def test_an_exchange_finds_what_greed_misses() -> None:
    candidates = make_candidates({("a", "x"): 20, ("a", "y"): 19, ("b", "x"): 19})
    one = {"a": 1, "b": 1}
    chosen = allocate(candidates, places=one, capacity={"x": 1, "y": 1})
    assert [(pair.demand_id, pair.supply_id) for pair in chosen] == [("a", "y"), ("b", "x")]
    best = max(
        (
            list(some)
            for size in range(4)
            for some in combinations(candidates, size)
            if is_within(list(some), one, {"x": 1, "y": 1})
        ),
        key=add_up,
    )
    assert add_up(chosen) == pytest.approx(add_up(best))


def test_the_next_best_is_proposed_when_the_declined_pair_is_left_out() -> None:
    graph = {("a", "x"): 20, ("a", "y"): 10}
    limits = {"places": {"a": 1}, "capacity": {"x": 1, "y": 1}}
    assert [pair.supply_id for pair in allocate(make_candidates(graph), **limits)] == ["x"]
    del graph["a", "x"]
    assert [pair.supply_id for pair in allocate(make_candidates(graph), **limits)] == ["y"]


def test_an_unknown_place_or_capacity_is_none() -> None:
    assert allocate(make_candidates({("a", "x"): 20}), places={}, capacity={"x": 1}) == []
    assert allocate(make_candidates({("a", "x"): 20}), places={"a": 1}, capacity={}) == []


def test_a_repeated_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        allocate([Candidate("a", "x", 0.5), Candidate("a", "x", 0.4)], places={"a": 2}, capacity={"x": 2})
