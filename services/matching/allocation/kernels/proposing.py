"""The loop of deferred acceptance."""

import numpy as np

from services.matching.allocation.kernels.compiling import Floats, Ints, compiled
from services.matching.allocation.kernels.slots import (
    NOBODY,
    Holding,
    find_lowest,
    find_lowest_of,
    give,
    is_full,
    is_spent,
    take,
)


@compiled
def propose_all(pointers: Ints, scores: Floats, holding: Holding, following: Ints) -> None:
    """Let every demand propose from ``following`` on, until it is served or its list is at its end."""
    count = len(pointers) - 1
    stack = np.arange(count)[::-1].copy()
    waits = np.ones(count, np.bool_)
    size = count
    while size > 0:
        size -= 1
        demand = stack[size]
        waits[demand] = False
        while holding.open_places[demand] > 0 and following[demand] < pointers[demand + 1]:
            edge = following[demand]
            following[demand] += 1
            supply = holding.supplies[edge]
            if is_full(holding, supply):
                weakest, lowest = find_lowest(holding, supply)
            elif is_spent(holding, holding.organizations[supply]):
                weakest, lowest = find_lowest_of(holding, holding.organizations[supply])
            else:
                give(holding, edge, scores[edge])
                continue
            # Of equal scores the candidate that stands first is preferred; where there is no room nobody is.
            if weakest != NOBODY and (scores[edge] > lowest or (scores[edge] == lowest and edge < weakest)):
                evicted = holding.owners[weakest]
                take(holding, weakest)
                give(holding, edge, scores[edge])
                if evicted != demand and not waits[evicted]:
                    waits[evicted] = True
                    stack[size] = evicted
                    size += 1
