"""Measure the engine and its peers on one province, in one run."""

import gc
import itertools
import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.matching.kernels import score_all, stream
from bench.matching.oracle import Oracle
from bench.matching.province import AS_OF, PROVINCE_SIZE, Province, count_provinces
from bench.matching.sql import time_sql
from bench.matching.texts import make_text_model
from services.matching.engine.engine import Engine
from services.matching.engine.explaining import score_found
from services.matching.engine.searching import TERMS_AT_ONCE
from services.matching.engine.sweeping import Rematch, order_alike, rematch
from services.matching.scoring.explanation import Explainer
from services.matching.scoring.policy import load_policy
from services.matching.scoring.ranking import DemandScorer
from services.matching.scoring.wording import read_demand_text, read_supply_text

K, ONLINE_K, THREADS = 50, 20, 2
SHARE, WARM_UP = 256, 100


@dataclass
class Market:
    """A province with its engine."""

    demands: list[Any]
    offers: list[Any]
    engine: Engine
    model: Any


def build_market(size: int, province_size: int = PROVINCE_SIZE) -> Market:
    """
    Make a province (or several, where a size is more than one has) up and build the engine over it.

    As in the service, what stays in memory is set aside from the garbage collector.
    """
    gc.unfreeze()
    gc.collect()  # the market before this one
    province = Province(provinces=count_provinces(size, province_size))
    demands, offers = list(province.make_demands(size)), list(province.make_offers(size))
    gc.freeze()
    texts = itertools.chain(
        (read_demand_text(one) for one in demands), (read_supply_text(one.supply) for one in offers)
    )
    model = make_text_model(texts)
    engine = Engine.build(offers, demands, load_policy(), 1, as_of=AS_OF, text_model=model)
    gc.freeze()
    return Market(demands, offers, engine, model)


def describe_market(market: Market) -> dict[str, float]:
    """Return what it took to build a market's engine, and what it takes up."""
    built = market.engine.describe()
    return {
        "size": built.demands,
        "build_seconds": built.build_seconds,
        "memory_bytes": built.memory_bytes,
        "build_peak_rss_bytes": read_peak_rss(),
    }


def read_peak_rss() -> float:
    """Return the most memory that this process ever had, in bytes: facts, engine, peers and all."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def measure_rematch(market: Market) -> tuple[Rematch, dict[str, float]]:
    """Match everything, as a run does; and against the floor and brute force on samples, one thread each."""
    searcher, snapshot = market.engine.open_searcher()
    few = range(min(20, len(market.demands)))
    rematch(searcher, snapshot, k=K, threads=1, demands=few)
    stream(np.arange(1), snapshot.base.segment.index, snapshot.base.demand_rows, _make_places())
    seconds, matched = clock(lambda: rematch(searcher, snapshot, k=K, threads=THREADS))
    lines = searcher.lines
    searcher.lines = lines._replace(meaning_slope=0.0)
    first_stage, _ = clock(lambda: rematch(searcher, snapshot, k=K, threads=THREADS))
    floor = _time_floor(snapshot, len(market.demands))
    dense = np.zeros(market.engine.term_count, dtype=np.float32)
    totals = np.zeros(len(market.offers))
    some = min(100, len(market.demands))
    arrays = (snapshot.base.demand_rows, snapshot.base.segment.rows, searcher.tables, searcher.lines, dense, totals)
    score_all(0, 1, *arrays, K)
    brute, _ = clock(lambda: score_all(0, some, *arrays, K))
    searcher.lines = lines
    return matched, {
        "rematch_seconds": seconds,
        "first_stage_seconds": first_stage,
        "floor_seconds": floor["seconds"],
        "floor_sample": floor["sample"],
        "candidates_per_demand": floor["candidates"],
        "postings_per_demand": floor["postings"],
        "brute_force_seconds": brute / some * len(market.demands) / THREADS,
        "brute_force_sample": some,
    }


def check_exactness(market: Market, matched: Rematch, sample: int) -> dict[str, float]:
    """Compare the answers of some demands with the oracle's over all pairs, and time the oracle."""
    oracle = Oracle(market.offers, policy=load_policy(), text_model=market.model)
    rows = sample_rows(sample, len(market.demands))
    equal, largest, started = 0, 0.0, time.perf_counter()
    for row in rows:
        best = oracle.find_best(market.demands[row], K)
        chosen = [int(one) for one in matched.rows[row] if one >= 0]
        same = [str(matched.supply_ids[one]) for one in chosen] == best.supply_ids
        difference = np.abs(matched.total[row, : len(chosen)] - np.array(best.totals)).max(initial=0) if same else 1.0
        equal += int(same and difference <= 1e-6)
        largest = max(largest, float(difference))
    seconds = (time.perf_counter() - started) / len(rows)
    return {
        "exact_sample": len(rows),
        "exact_equal": equal,
        "exact_largest_difference": largest,
        "numpy_seconds": seconds * len(market.demands) / THREADS,
    }


def measure_online(market: Market, questions: int) -> dict[str, float]:
    """Ask for the best of single demands, explained by the reference, and for the best demands of a supply."""
    offers = {offer.supply.supply_id: offer for offer in market.offers}
    policy, model_hash = load_policy(), market.model.model_hash
    rows, first = sample_rows(questions, len(market.demands), seed=5), sample_rows(WARM_UP, len(market.demands), seed=9)
    times, bare, backward = [], [], []
    for row in [*first, *rows]:
        demand = market.demands[row]
        started = time.perf_counter()
        answer = market.engine.candidates(demand.demand_id, ONLINE_K)
        found = time.perf_counter()
        scorer, explainer = DemandScorer(demand, policy=policy, as_of=AS_OF, model_hash=model_hash), Explainer(policy)
        for one in answer.found:
            explainer.explain(score_found(one, offers[one.supply_id], scorer))
        times.append(time.perf_counter() - started)
        bare.append(found - started)
    for row in rows[:30]:
        started = time.perf_counter()
        market.engine.candidates_for_supply(market.offers[row].supply.supply_id, ONLINE_K)
        backward.append(time.perf_counter() - started)
    half, most = (float(np.percentile(times[len(first) :], share)) for share in (50, 99))
    return {
        "online_sample": float(len(rows)),
        "online_p50_ms": half * 1e3,
        "online_p99_ms": most * 1e3,
        "online_search_p50_ms": float(np.percentile(bare[len(first) :], 50)) * 1e3,
        "online_search_p99_ms": float(np.percentile(bare[len(first) :], 99)) * 1e3,
        "supply_side_p50_ms": float(np.percentile(backward[1:], 50)) * 1e3,
    }


def measure_sql(market: Market, sample: int) -> dict[str, float]:
    """Time the SQL peer on some demands and scale it ideally to the threads."""
    demands = [market.demands[row] for row in sample_rows(sample, len(market.demands), seed=6)]
    seconds = time_sql(market.offers, demands, as_of=AS_OF)
    return {"sql_sample": len(demands), "sql_seconds": seconds * len(market.demands) / THREADS}


def sample_rows(count: int, size: int, seed: int = 4) -> Sequence[int]:
    """Return some distinct numbers below a size, in rising order."""
    return sorted(random.Random(seed).sample(range(size), min(count, size)))


def clock(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long work took, and what it returned."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def tell(text: str) -> None:
    """Say what goes on."""
    sys.stderr.write(f"{text}\n")


def _make_places() -> Any:
    return np.empty(TERMS_AT_ONCE, dtype=np.int32)


def _time_floor(snapshot: Any, demands: int) -> dict[str, float]:
    """Time the floor on shares of neighbours (all up to 100,000), in the order in which the engine takes them."""
    index, rows = snapshot.base.segment.index, snapshot.base.demand_rows
    shares = np.array_split(order_alike(snapshot.base.demands), max(1, demands // SHARE))[:: max(1, demands // 100_000)]
    asked = np.concatenate(shares)
    sample = len(asked)
    with ThreadPoolExecutor(THREADS) as executor:
        started = time.perf_counter()
        parts = list(
            executor.map(lambda asked: stream(asked, index, rows, _make_places()), np.array_split(asked, THREADS))
        )
        seconds = time.perf_counter() - started
    return {
        "sample": float(sample),
        "seconds": seconds / sample * demands,
        "candidates": float(sum(part[1] for part in parts)) / sample,
        "postings": float(sum(part[2] for part in parts)) / sample,
    }
