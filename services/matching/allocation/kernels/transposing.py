"""The same candidates by supply."""

import numpy as np

from services.matching.allocation.kernels.compiling import Indices, Ints, compiled


@compiled
def transpose(pointers: Ints, supplies: Indices, count: int) -> tuple[Ints, Indices, Indices]:
    """Return pointers by supply, and the edge and the demand of each candidate there."""
    begins = np.zeros(count + 1, np.int64)
    for edge in range(len(supplies)):
        begins[supplies[edge] + 1] += 1
    for supply in range(count):
        begins[supply + 1] += begins[supply]
    place = begins[:-1].copy()
    edges = np.empty(len(supplies), np.int32)
    demands = np.empty(len(supplies), np.int32)
    for demand in range(len(pointers) - 1):
        for edge in range(pointers[demand], pointers[demand + 1]):
            at = place[supplies[edge]]
            edges[at], demands[at] = edge, demand
            place[supplies[edge]] = at + 1
    return begins, edges, demands
