"""The best fifty of a made-up province are those of the oracle over all pairs."""

import os

import numpy as np
import pytest

from bench.matching.measuring import K, build_market, check_exactness
from services.matching.engine.definition import POOL
from services.matching.engine.sweeping import bound_nets, rematch

pytestmark = pytest.mark.xdist_group("kernels")  # compiled once, by one process

LONG = bool(os.environ.get("LONG"))
SIZE, SAMPLE = (30_000, 500) if LONG else (600, 25)


def test_the_best_of_a_province_are_those_of_the_oracle() -> None:
    market = build_market(SIZE)
    matched = market.engine.rematch(k=K)
    compared = check_exactness(market, matched, SAMPLE)
    assert compared["exact_equal"] == SAMPLE
    counts = (matched.rows >= 0).sum(axis=1)
    assert np.median(counts) == K
    assert SIZE > POOL  # else the first stage decides nothing


def test_a_run_gives_the_same_bytes_again_with_any_number_of_threads() -> None:
    market = build_market(400)
    once, again = (market.engine.rematch(k=10, threads=threads) for threads in (1, 2))
    assert once.rows.tobytes() == again.rows.tobytes()
    assert once.total.tobytes() == again.total.tobytes()


def test_what_prices_leave_over_all_pairs_is_bounded_closely() -> None:
    market = build_market(400)
    searcher, snapshot = market.engine.open_searcher()
    searcher.lines = searcher.lines._replace(meaning_slope=0.0)
    every = rematch(searcher, snapshot, k=400, threads=2)
    dice = np.random.default_rng(4)
    prices, places = dice.random(400) * 0.6, dice.integers(0, 4, 400)
    bounds = bound_nets(searcher, snapshot, prices, places, threads=2)
    for row, bound in enumerate(bounds):
        free = (every.rows[row] >= 0) & ~every.held[row]
        nets = np.sort(every.total[row][free] - prices[every.rows[row][free]])[::-1][: places[row]]
        assert -1e-6 <= bound - nets[nets > 0].sum() < 1e-3
    assert (bounds > 0).sum() > 200
