"""Fairness floors: serve every group of demands that can be served, at the smallest loss of total score.

Each missing unit of a group is won along a cheapest path of changes: a demand of the group takes a supply, its holder
takes another or lets go, unless that would push its own group below its floor. The auction's prices keep all costs of
a path non-negative, so Dijkstra's search finds it; in order of the groups, each floor that can hold does.
"""

from dataclasses import dataclass

import numpy as np

from services.matching.allocation.graph import Graph
from services.matching.allocation.kernels.compiling import Indices, Ints
from services.matching.allocation.kernels.slots import Holding
from services.matching.allocation.kernels.winning import win_one


@dataclass(frozen=True, eq=False)
class Floors:
    """
    The least number of pairs for every group of demands.

    ``groups`` is the group of every demand or −1; ``served`` is what each group has already from elsewhere.
    """

    groups: Indices
    least: Ints
    served: Ints


def raise_to_floors(graph: Graph, holding: Holding, wanted: Floors) -> Ints:
    """Change an allocation until every group has its floor or cannot; return how many each has."""
    groups, floors, served = wanted.groups, wanted.least, wanted.served
    held = np.bincount(groups[graph.owners[holding.is_held]] + 1, minlength=len(floors) + 1)[1:]
    counts: Ints = (served + held).astype(np.int64)
    order = np.argsort(groups, kind="stable").astype(np.int32)
    begins = np.searchsorted(groups[order], np.arange(len(floors) + 1)).astype(np.int64)
    while (counts < floors).any():
        if not win_one(graph.pointers, graph.scores, holding, groups, begins, order, floors, counts):
            break
    return counts
