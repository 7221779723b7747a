"""The search for the cheapest path that wins one more pair for a group below its floor."""

from heapq import heappop, heappush
from typing import Any

import numpy as np

from services.matching.allocation.kernels.bidding import find_margin
from services.matching.allocation.kernels.compiling import Floats, Indices, Ints, compiled
from services.matching.allocation.kernels.slots import NOBODY, Holding, give, is_full, is_spent, take

NO_GROUP = -1


@compiled
def win_one(
    pointers: Ints,
    scores: Floats,
    holding: Holding,
    groups: Indices,
    begins: Ints,
    order: Indices,
    floors: Ints,
    counts: Ints,
) -> bool:
    """Change the allocation along the path and count it; return whether there was one."""
    demands = len(pointers) - 1
    nodes = demands + len(holding.filled)
    costs = np.full(nodes, np.inf)
    settled = np.zeros(nodes, np.bool_)
    came_from = np.full(nodes, NOBODY, np.int64)
    came_by = np.full(nodes, NOBODY, np.int64)  # the candidate taken to reach a supply, or let go to reach a demand
    heap: list[Any] = [(np.inf, np.int64(nodes))]
    for group in range(len(floors)):
        if counts[group] >= floors[group]:
            continue
        for at in range(begins[group], begins[group + 1]):
            if holding.open_places[order[at]] > 0:
                costs[order[at]] = 0.0
                heappush(heap, (0.0, np.int64(order[at])))
    best: float = np.inf
    end: int = NOBODY
    while heap[0][0] < best:
        cost, node = heappop(heap)
        if settled[node]:
            continue
        settled[node] = True
        if node < demands:
            margin, _ = find_margin(holding, scores, node)
            if came_from[node] != NOBODY:
                theirs = groups[node]
                if theirs == NO_GROUP or counts[theirs] > floors[theirs]:
                    if cost + margin < best:
                        best, end = cost + margin, node
                elif came_from[node] >= demands:
                    for at in range(begins[theirs], begins[theirs + 1]):
                        other = order[at]
                        if holding.open_places[other] > 0 and cost + margin < costs[other]:
                            costs[other] = cost + margin
                            came_from[other], came_by[other] = node, NOBODY
                            heappush(heap, (cost + margin, np.int64(other)))
            for edge in range(pointers[node], pointers[node + 1]):
                supply = holding.supplies[edge]
                if holding.is_held[edge] or settled[demands + supply]:
                    continue
                reached = cost + max(0.0, margin + holding.prices[supply] - scores[edge])
                if reached < costs[demands + supply]:
                    costs[demands + supply] = reached
                    came_from[demands + supply], came_by[demands + supply] = node, edge
                    heappush(heap, (reached, np.int64(demands + supply)))
            continue
        supply = node - demands
        organization = holding.organizations[supply]
        first = last = supply
        if not is_full(holding, supply):
            if not is_spent(holding, organization):
                if cost < best:
                    best, end = cost, node
                continue
            first = holding.member_pointers[organization]
            last = holding.member_pointers[organization + 1] - 1
        for number in range(first, last + 1):
            member = supply if is_full(holding, supply) else holding.members[number]
            begin = holding.slot_pointers[member]
            for at in range(begin, begin + holding.filled[member]):
                edge = holding.slot_edges[at]
                holder = holding.owners[edge]
                if settled[holder]:
                    continue
                margin, _ = find_margin(holding, scores, holder)
                reached = cost + max(0.0, scores[edge] - holding.prices[supply] - margin)
                if reached < costs[holder]:
                    costs[holder] = reached
                    came_from[holder], came_by[holder] = node, edge
                    heappush(heap, (reached, np.int64(holder)))
    if end == NOBODY:
        return False
    if end < demands and groups[end] != NO_GROUP:
        counts[groups[end]] -= 1
    # First everything is let go, then taken, so that the room is there.
    node = end
    while node != NOBODY:
        if node < demands and came_by[node] != NOBODY:
            take(holding, came_by[node])
        node = came_from[node]
    node = end
    while node != NOBODY:
        if node >= demands:
            give(holding, came_by[node], 0.0)
        if came_from[node] == NOBODY:
            counts[groups[node]] += 1
        node = came_from[node]
    return True
