"""Allocate what was matched: the gap over all pairs, and what the tilt does and costs."""

from typing import Any

import numpy as np

from services.matching.allocation.allocating import Allocation, allocate
from services.matching.allocation.certificate import find_bound
from services.matching.allocation.graph import Graph, build_graph
from services.matching.engine.searching import Searcher
from services.matching.engine.snapshot import Snapshot
from services.matching.engine.sweeping import Rematch, bound_nets, rematch

MOST_PLACES = 3


def measure_places(market: Any, *, k: int, threads: int) -> dict[str, float]:
    """
    Give the places of a province by the totals of the first stage, with and without the tilt.

    The certificate over all pairs is of these totals too: beyond a demand's pool nobody knows what texts mean.
    """
    searcher, snapshot = market.engine.open_searcher()
    searcher.lines = searcher.lines._replace(meaning_slope=0.0)
    matched = rematch(searcher, snapshot, k=k, threads=threads)
    graph, fits = _build(market, matched)
    found = allocate(graph)
    beyond = _bound_all(graph, found, searcher, snapshot, threads)
    searcher.lines = searcher.lines._replace(tilt_share=0.0)
    untilted, untilted_fits = _build(market, rematch(searcher, snapshot, k=k, threads=threads))
    plain = allocate(untilted)
    fit, best = float(fits[found.chosen].sum()), float(untilted_fits[plain.chosen].sum())
    less_developed = np.array([bool(demand.designations) for demand in market.demands])
    filled = np.bincount(graph.owners[found.chosen], minlength=len(graph.places))
    fills = [float(filled[those].sum() / graph.places[those].sum()) for those in (less_developed, ~less_developed)]
    return {
        "allocation_places": float(graph.places.sum()),
        "allocation_filled": float(len(found.chosen)),
        "allocation_gap": found.gap,
        "allocation_gap_over_all_pairs": max(0.0, beyond - found.free_total) / beyond,
        "fill_less_developed": fills[0],
        "fill_of_others": fills[1],
        "tilt_cost": max(0.0, best - fit) / best,
    }


def _build(market: Any, matched: Rematch) -> tuple[Graph, Any]:
    """Return eligible candidates as a graph, and the fit of each of its pairs in its order."""
    eligible = (matched.rows >= 0) & ~matched.held
    demands, ranks = np.nonzero(eligible)
    supplies = matched.rows[eligible]
    dice = np.random.default_rng(4)
    offers = [offer.supply for offer in market.offers]
    graph = build_graph(
        demands=demands,
        supplies=supplies,
        scores=matched.total[eligible],
        places=dice.integers(1, MOST_PLACES + 1, len(market.demands)),
        capacity=[max(0, one.capacity_total - one.capacity_used) for one in offers],
        ranks=ranks,
    )
    order = np.lexsort((supplies, ranks, -matched.total[eligible], demands))
    return graph, matched.fit[eligible][order]


def _bound_all(graph: Graph, found: Allocation, searcher: Searcher, snapshot: Snapshot, threads: int) -> float:
    certificate = found.certificate
    return find_bound(
        graph,
        certificate.prices,
        certificate.used,
        lambda prices, places: bound_nets(searcher, snapshot, prices, places, threads=threads),
    )
