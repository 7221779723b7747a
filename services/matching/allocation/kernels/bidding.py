"""The two loops of the auction: demands bid, and supplies that nobody took lower their price."""

import numpy as np

from services.matching.allocation.kernels.compiling import Floats, Indices, Ints, compiled
from services.matching.allocation.kernels.slots import NOBODY, Holding, admit, give, is_full, is_spent, take


@compiled
def bid_all(pointers: Ints, scores: Floats, holding: Holding, epsilon: float) -> None:
    """Let every demand with an open place bid until it is served or nothing is worth its price."""
    count = len(pointers) - 1
    stack = np.empty(count, np.int64)  # who was evicted bids next, while its surroundings are in the cache
    waits = np.zeros(count, np.bool_)
    size = 0
    for demand in range(count - 1, -1, -1):
        if holding.open_places[demand] > 0:
            stack[size] = demand
            size += 1
            waits[demand] = True
    prices, is_held, supplies = holding.prices, holding.is_held, holding.supplies
    while size > 0:
        size -= 1
        demand = stack[size]
        waits[demand] = False
        while holding.open_places[demand] > 0:
            best, second, chosen = 0.0, 0.0, NOBODY
            for edge in range(pointers[demand], pointers[demand + 1]):
                if scores[edge] <= second:
                    break  # scores fall along the row and no price is negative
                value = scores[edge] - prices[supplies[edge]]
                if value > second and not is_held[edge]:
                    if value > best:
                        best, second, chosen = value, best, edge
                    else:
                        second = value
            if chosen == NOBODY:
                break
            evicted = admit(holding, chosen, scores[chosen] - second + epsilon)
            if evicted not in (NOBODY, demand) and not waits[evicted]:
                waits[evicted] = True
                stack[size] = evicted
                size += 1


@compiled
def find_margin(holding: Holding, scores: Floats, demand: int) -> tuple[float, int]:
    """Return what the last place of a demand is worth to it at present prices, and its candidate."""
    if holding.open_places[demand] > 0:
        return 0.0, NOBODY
    margin, weakest = np.inf, NOBODY
    for at in range(holding.kept_pointers[demand], holding.kept_pointers[demand + 1]):
        edge = holding.kept[at]
        value = scores[edge] - holding.prices[holding.supplies[edge]]
        if value < margin or (value == margin and edge > weakest):
            margin, weakest = value, edge
    return margin, weakest


@compiled
def lower_all(begins: Ints, edges: Indices, demands: Indices, scores: Floats, holding: Holding, epsilon: float) -> None:
    """Let every supply with a free slot and a price win demands over, or lower its price to nothing."""
    count = len(begins) - 1
    queue = np.empty(count + 1, np.int64)
    waits = np.zeros(count, np.bool_)
    head, tail = 0, 0
    for supply in range(count):
        if holding.prices[supply] > 0 and not is_full(holding, supply):
            queue[tail] = supply
            tail += 1
            waits[supply] = True
    while head != tail:
        supply = queue[head]
        head = 0 if head == count else head + 1
        waits[supply] = False
        organization = holding.organizations[supply]
        while holding.prices[supply] > 0 and not is_full(holding, supply) and not is_spent(holding, organization):
            best, second, chosen = 0.0, 0.0, NOBODY
            for at in range(begins[supply], begins[supply + 1]):
                edge = edges[at]
                if holding.is_held[edge] or scores[edge] <= second:
                    continue
                margin, _ = find_margin(holding, scores, demands[at])
                offer = scores[edge] - margin
                if offer > second and holding.kept_pointers[demands[at]] < holding.kept_pointers[demands[at] + 1]:
                    if offer > best:
                        best, second, chosen = offer, best, edge
                    else:
                        second = offer
            if best <= epsilon:
                holding.prices[supply] = 0.0
                break
            demand = holding.owners[chosen]
            _, weakest = find_margin(holding, scores, demand)
            if weakest != NOBODY:
                take(holding, weakest)
                left = holding.supplies[weakest]
                group = holding.organizations[left]
                # The organization has room again, so all its supplies may be wanted.
                for at in range(holding.member_pointers[group], holding.member_pointers[group + 1]):
                    member = holding.members[at]
                    wants = holding.prices[member] > 0 and not is_full(holding, member)
                    if wants and member != supply and not waits[member]:
                        waits[member] = True
                        queue[tail] = member
                        tail = 0 if tail == count else tail + 1
            give(holding, chosen, 0.0)
            holding.prices[supply] = min(holding.prices[supply], max(0.0, second - epsilon))
