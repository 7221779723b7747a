"""The allocation is within all limits, optimal and certified, keeps floors, and depends on nothing but its input."""

import random
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.allocation import auction, certificate, floors, graph, stable
from services.matching.allocation.allocating import EXACT, SMALL, allocate
from services.matching.allocation.certificate import find_bound, sum_best
from services.matching.allocation.graph import Graph, build_graph
from services.matching.allocation.kernels import bidding, proposing, slots, winning
from tests.matching.allocation.graphs import Problem, add_up, problems

CALM = settings(deadline=None, max_examples=100)
SLOTS = ("is_full", "is_spent", "give", "take", "find_lowest", "find_lowest_of", "admit")
KERNELS: dict[ModuleType, tuple[str, ...]] = {
    graph: ("transpose",),
    auction: ("bid_all", "lower_all"),
    certificate: ("sum_rows",),
    stable: ("propose_all",),
    floors: ("win_one",),
    slots: SLOTS,
    bidding: ("find_margin", *SLOTS),
    proposing: SLOTS,
    winning: ("find_margin", *SLOTS),
}


def make_province(size: int, *, seed: int = 7, degree: int = 12) -> Graph:
    """Return a larger problem of uneven supplies, with more candidates than are solved to the optimum."""
    draw = np.random.default_rng(seed)
    keys = np.unique(np.repeat(np.arange(size), degree) * size + draw.integers(0, size, size * degree))
    quality = draw.normal(0, 0.05, size)
    scores = np.clip(0.55 + quality[keys % size] + draw.normal(0, 0.08, len(keys)), 0.3, 1)
    return build_graph(
        demands=keys // size,
        supplies=keys % size,
        scores=np.round(scores, 6),
        places=draw.integers(1, 4, size),
        capacity=draw.integers(1, 4, size),
    )


@CALM
@given(problems())
def test_the_total_is_the_best_there_is_and_the_certificate_says_so(problem: Problem) -> None:
    found, chosen = problem.solve()
    free, _, total = problem.search()
    assert problem.allows(chosen)
    assert found.free_total == pytest.approx(free, abs=EXACT)
    assert found.certificate.bound >= free - 1e-9
    assert found.gap == 0
    assert add_up(chosen) == pytest.approx(found.total, abs=1e-9)
    assert found.total == pytest.approx(total, abs=EXACT)


@CALM
@given(problems(limited=True))
def test_limits_of_organizations_are_kept_at_the_best_total(problem: Problem) -> None:
    found, chosen = problem.solve()
    free, units, _ = problem.search()
    assert problem.allows(chosen)
    assert found.free_total == pytest.approx(free, abs=1e-3)
    assert found.certificate.bound >= free - 1e-9
    assert problem.count_floors(chosen) == units


@CALM
@given(problems(limited=True), st.sampled_from(["optimal", "stable"]))
def test_floors_hold_whenever_they_can(problem: Problem, mode: str) -> None:
    found, chosen = problem.solve("stable" if mode == "stable" else "optimal")
    _, units, _ = problem.search()
    assert problem.allows(chosen)
    assert problem.count_floors(chosen) == units
    assert found.total <= found.certificate.bound + 1e-9


@CALM
@given(problems(), st.data())
def test_more_capacity_never_lowers_the_total(problem: Problem, data: st.DataObject) -> None:
    before, _ = problem.solve()
    at = data.draw(st.integers(0, len(problem.capacity) - 1))
    more = tuple(number + (place == at) for place, number in enumerate(problem.capacity))
    after, _ = problem.change(capacity=more).solve()
    assert after.free_total >= before.free_total - EXACT


@CALM
@given(problems(limited=True), st.integers(), st.sampled_from(["optimal", "stable"]))
def test_the_order_of_the_input_does_not_matter(problem: Problem, seed: int, mode: str) -> None:
    kind = "stable" if mode == "stable" else "optimal"
    shuffled = list(problem.edges)
    random.Random(seed).shuffle(shuffled)
    assert problem.change(edges=tuple(shuffled)).solve(kind)[1] == problem.solve(kind)[1]


@CALM
@given(problems())
def test_a_stable_allocation_leaves_no_two_who_would_rather_have_each_other(problem: Problem) -> None:
    _, chosen = problem.change(least=(0, 0)).solve("stable")
    for demand, supply, score in problem.edges:
        if (demand, supply, score) in chosen or not problem.places[demand] or not problem.capacity[supply]:
            continue
        theirs = [edge[2] for edge in chosen if edge[0] == demand]
        rivals = [edge[2] for edge in chosen if edge[1] == supply]
        content = len(theirs) == problem.places[demand] and min(theirs) >= score
        assert content or (len(rivals) == problem.capacity[supply] and min(rivals) >= score)


def test_a_floor_takes_the_cheapest_way_and_its_price_is_told() -> None:
    # Demand 1 alone is in a key county; only supply 0 serves it, and supply 1 can console demand 0.
    edges = ((0, 0, 0.9), (0, 1, 0.6), (1, 0, 0.5))
    free = Problem(edges=edges[::2], places=(1, 1), capacity=(1, 1))
    kept = free.change(groups=(-1, 0), least=(1,))
    assert [edge[:2] for edge in free.solve()[1]] == [(0, 0)]
    found, chosen = kept.solve()
    assert [edge[:2] for edge in chosen] == [(1, 0)]
    assert found.free_total - found.total == pytest.approx(0.4)
    found, chosen = kept.change(edges=edges).solve()
    assert [edge[:2] for edge in chosen] == [(0, 1), (1, 0)]
    assert found.free_total - found.total == pytest.approx(0)


def test_of_equal_scores_the_better_rank_wins() -> None:
    room = {"places": [1], "capacity": [1, 1]}
    for ranks in ([0, 1], [1, 0]):
        built = build_graph(demands=[0, 0], supplies=[0, 1], scores=[0.5, 0.5], ranks=ranks, **room)
        chosen = allocate(built).chosen
        assert [int(built.supplies[one]) for one in chosen] == [ranks.index(0)]


def test_a_large_allocation_is_certified_and_replays_to_the_same_bytes() -> None:
    province = make_province(20_000)
    assert len(province.scores) > SMALL
    first, second = allocate(province), allocate(province)
    assert 0 <= first.gap < 0.0005
    assert first.chosen.tobytes() == second.chosen.tobytes()
    assert first.certificate.prices.tobytes() == second.certificate.prices.tobytes()
    assert allocate(province, mode="stable").free_total < first.free_total


def test_unlisted_pairs_raise_the_bound_only_where_they_are_worth_more_than_their_price() -> None:
    listed = Problem(edges=((0, 0, 0.9), (1, 0, 0.8)), places=(1, 1), capacity=(1, 1))
    everything = listed.change(edges=(*listed.edges, (1, 1, 0.7))).graph()
    found = allocate(listed.graph())
    proof = found.certificate
    assert proof.bound == pytest.approx(0.9, abs=1e-6)
    assert find_bound(everything, proof.prices, proof.used, sum_best(everything)) == pytest.approx(1.6, abs=0.2)


def test_the_compiled_kernels_do_what_their_source_says(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = [make_province(size, seed=size, degree=4) for size in (3, 5, 8, 13, 21, 34)]
    made = [
        Problem(
            edges=tuple((i, j, 0.3 + (i * 7 + j * 5) % 11 / 20) for i in range(5) for j in range(5) if i != j),
            places=(2, 1, 1, 2, 1), capacity=(2, 1, 1, 1, 2), organizations=(0, 0, 1, 1, 0), most=most,
            groups=(0, -1, 1, 1, 0), least=(2, 2),
        )
        for most in ((3, 1), (2, 9), (0, 2), (9, 9))
    ]  # fmt: skip
    both = [(allocate(one).chosen.tolist(), allocate(one, mode="stable").chosen.tolist()) for one in draws]
    compiled = [(one.solve()[1], one.solve("stable")[1]) for one in made]
    for module, names in KERNELS.items():
        for name in names:
            if hasattr(module, name):
                monkeypatch.setattr(module, name, getattr(module, name).py_func)
    again = [make_province(size, seed=size, degree=4) for size in (3, 5, 8, 13, 21, 34)]
    assert [(allocate(one).chosen.tolist(), allocate(one, mode="stable").chosen.tolist()) for one in again] == both
    assert [(one.solve()[1], one.solve("stable")[1]) for one in made] == compiled


@pytest.mark.parametrize(("scores", "text"), [([0.5, -0.1], "negative"), ([0.5, float("nan")], "negative")])
def test_a_score_that_is_none_is_refused(scores: list[float], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        build_graph(demands=[0, 0], supplies=[0, 1], scores=scores, places=[1], capacity=[1, 1])


def test_a_repeated_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        build_graph(demands=[0, 0], supplies=[0, 0], scores=[0.5, 0.4], places=[1], capacity=[1])


def test_nothing_to_allocate_is_nothing() -> None:
    for edges in ((), ((0, 0, 0.0),)):
        found, chosen = Problem(edges=edges, places=(1,), capacity=(1,)).solve()
        assert (found.total, found.gap, add_up(chosen)) == (0, 0, 0)
