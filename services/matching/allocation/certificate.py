"""What no allocation can exceed: the dual bound of the prices, over the candidates or over all pairs."""

from collections.abc import Callable

import numpy as np

from services.matching.allocation.graph import Graph
from services.matching.allocation.kernels.compiling import Floats, Indices, Ints
from services.matching.allocation.kernels.summing import sum_rows

# Takes the price of every supply and the places of every demand; returns for each demand the sum of its ``places``
# largest positive values of score − price over ALL supplies. Who knows the largest value only may return
# places × that value: the bound stays true and is looser.
BestNet = Callable[[Floats, Ints], Floats]
# Takes the same; returns for each demand a bound on score − price of every pair that does not stand in its row.
BoundOthers = Callable[[Floats, Ints], Floats]


def sum_best(graph: Graph) -> BestNet:
    """Return the function that answers from the candidates of a graph."""
    nothing = np.zeros(len(graph.places))
    return lambda prices, places: sum_rows(graph.pointers, graph.supplies, graph.scores, prices, places, nothing)


def sum_best_or(pointers: Ints, supplies: Indices, scores: Floats, bound_others: BoundOthers) -> BestNet:
    """Return the function that answers from rows of pairs (see Graph), and from a bound on all that stand in none."""

    def answer(prices: Floats, places: Ints) -> Floats:
        return sum_rows(pointers, supplies, scores, prices, places, bound_others(prices, places))

    return answer


def find_bound(graph: Graph, prices: Floats, used: Ints, best_net: BestNet) -> float:
    """
    Return a total that no allocation within the room of the graph exceeds (weak duality), whatever the prices.

    A pair's price is split into that of its supply and that of its organization where this has as many as it may.
    """
    shared = _find_shared(graph, prices, used)
    own = prices - shared[graph.organizations]
    costs = float(np.dot(graph.capacity, own))
    limited = shared > 0
    costs += float(np.dot(graph.most[limited].astype(np.float64), shared[limited]))
    return costs + float(best_net(prices, graph.places).sum())


def _find_shared(graph: Graph, prices: Floats, used: Ints) -> Floats:
    shared = np.full(len(graph.most), np.inf)
    np.minimum.at(shared, graph.organizations, prices)
    shared[(used < graph.most) | ~np.isfinite(shared)] = 0.0
    return shared
