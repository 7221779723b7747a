"""Who holds which slot while an allocation is made, and the kernels that give, take and evict."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.allocation.kernels.compiling import Floats, Indices, Ints, compiled

NOBODY = -1


class Holding(NamedTuple):
    """
    The state of an allocation: slots of supplies, held candidates of demands, and the prices.

    ``slot_edges`` holds candidates or −1, compact from each supply's begin; ``kept`` likewise for each demand.
    """

    slot_pointers: Ints
    slot_edges: Indices
    slot_bids: Floats
    filled: Ints
    kept_pointers: Ints
    kept: Indices
    open_places: Ints
    is_held: NDArray[np.bool_]
    owners: Indices
    supplies: Indices
    organizations: Indices
    member_pointers: Ints
    members: Indices
    most: Ints
    used: Ints
    prices: Floats


@compiled
def is_full(holding: Holding, supply: int) -> bool:
    """Tell whether every slot of a supply is taken."""
    begin, end = holding.slot_pointers[supply], holding.slot_pointers[supply + 1]
    return bool(holding.filled[supply] >= end - begin)


@compiled
def is_spent(holding: Holding, organization: int) -> bool:
    """Tell whether an organization has as many as it may."""
    return bool(holding.used[organization] >= holding.most[organization])


@compiled
def give(holding: Holding, edge: int, bid: float) -> None:
    """Give a free slot of the candidate's supply to its demand, which has an open place."""
    supply, demand = holding.supplies[edge], holding.owners[edge]
    at = holding.slot_pointers[supply] + holding.filled[supply]
    holding.slot_edges[at], holding.slot_bids[at] = edge, bid
    holding.filled[supply] += 1
    holding.used[holding.organizations[supply]] += 1
    holding.open_places[demand] -= 1
    holding.kept[holding.kept_pointers[demand + 1] - 1 - holding.open_places[demand]] = edge
    holding.is_held[edge] = True


@compiled
def take(holding: Holding, edge: int) -> None:
    """Take a held candidate back from both sides."""
    supply, demand = holding.supplies[edge], holding.owners[edge]
    last = holding.slot_pointers[supply] + holding.filled[supply] - 1
    at = last
    while holding.slot_edges[at] != edge:
        at -= 1
    holding.slot_edges[at], holding.slot_bids[at] = holding.slot_edges[last], holding.slot_bids[last]
    holding.filled[supply] -= 1
    holding.used[holding.organizations[supply]] -= 1
    last = holding.kept_pointers[demand + 1] - 1 - holding.open_places[demand]
    at = last
    while holding.kept[at] != edge:
        at -= 1
    holding.kept[at] = holding.kept[last]
    holding.open_places[demand] += 1
    holding.is_held[edge] = False


@compiled
def find_lowest(holding: Holding, supply: int) -> tuple[int, float]:
    """Return the lowest bid of a supply's holders and its candidate; of equal ones that with the higher index."""
    lowest, weakest = np.inf, NOBODY
    begin = holding.slot_pointers[supply]
    for at in range(begin, begin + holding.filled[supply]):
        bid, edge = holding.slot_bids[at], holding.slot_edges[at]
        if bid < lowest or (bid == lowest and edge > weakest):
            lowest, weakest = bid, edge
    return weakest, lowest


@compiled
def find_lowest_of(holding: Holding, organization: int) -> tuple[int, float]:
    """Return the lowest bid of the holders of all supplies of an organization, and its candidate."""
    lowest, weakest = np.inf, NOBODY
    for at in range(holding.member_pointers[organization], holding.member_pointers[organization + 1]):
        edge, bid = find_lowest(holding, holding.members[at])
        if bid < lowest or (bid == lowest and edge > weakest):
            lowest, weakest = bid, edge
    return weakest, lowest


@compiled
def admit(holding: Holding, edge: int, bid: float) -> int:
    """Give a slot to the bidder, evict the lowest where none is free, and raise prices; return the evicted demand."""
    supply = holding.supplies[edge]
    organization = holding.organizations[supply]
    evicted = NOBODY
    if is_full(holding, supply):
        weakest, _ = find_lowest(holding, supply)
        evicted = holding.owners[weakest]
        take(holding, weakest)
    elif is_spent(holding, organization):
        weakest, _ = find_lowest_of(holding, organization)
        evicted = holding.owners[weakest]
        take(holding, weakest)
    give(holding, edge, bid)
    if is_full(holding, supply):
        _, lowest = find_lowest(holding, supply)
        holding.prices[supply] = max(holding.prices[supply], lowest)
    if is_spent(holding, organization):
        _, lowest = find_lowest_of(holding, organization)
        for at in range(holding.member_pointers[organization], holding.member_pointers[organization + 1]):
            member = holding.members[at]
            holding.prices[member] = max(holding.prices[member], lowest)
    return int(evicted)
