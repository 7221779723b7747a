"""One policy of a simulation over a market too large to score every pair: the engine's pools; CPU work for a thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from services.matching.runs.actions.listed import ListedBlock, Listing
from services.matching.runs.actions.planning import Choice
from services.matching.simulations.actions.comparing import SimulationInput
from services.matching.simulations.actions.reporting import TOP, Compared, Side

if TYPE_CHECKING:
    from services.matching.engine.pools import Pools


@dataclass(frozen=True, eq=False)
class PolicyBlock:
    """Some demands under one policy: their sides, by the number of the demand, and what may be allocated to them."""

    sides: dict[int, Side]
    listed: ListedBlock


@dataclass(frozen=True, eq=False)
class PolicyResult:
    """What one policy makes of every demand, in the order of their ids, and whom it gives the places."""

    sides: list[Side]
    choice: Choice


def look_at_block(listing: Listing, block: Any) -> PolicyBlock:
    """Return what the pools of a block bring."""
    pools = listing.find_pools(block)
    sides = {int(demand): _make_side(listing, pools, row) for row, demand in enumerate(pools.demands)}
    return PolicyBlock(sides, listing.sift(pools))


def sum_up(listing: Listing, blocks: Sequence[PolicyBlock]) -> PolicyResult:
    """Allocate, and put the sides in order."""
    sides = {number: side for block in blocks for number, side in block.sides.items()}
    return PolicyResult([sides[number] for number in sorted(sides)], listing.choose([block.listed for block in blocks]))


def compare(work: SimulationInput, before: PolicyResult, after: PolicyResult) -> list[Compared]:
    """Put both policies side by side."""
    demands = [work.market.demands[one] for one in sorted(work.market.demands)]
    return [Compared(*one) for one in zip(demands, before.sides, after.sides, strict=True)]


def _make_side(listing: Listing, pools: "Pools", row: int) -> Side:
    offers, threshold = listing.numbered.offers, listing.work.market.policy.proposal_threshold
    best = int(pools.supplies[row, 0])
    if best < 0:
        return Side(top=(), best=None, suited=False)
    return Side(
        top=tuple(offers[supply].supply.supply_id for supply in pools.supplies[row, :TOP] if supply >= 0),
        best=partial(
            listing.numbered.score,
            int(pools.demands[row]),
            best,
            terms=float(pools.terms[row, 0]),
            meaning=float(pools.meanings[row, 0]),
            model_hash=listing.model_hash,
        ),
        suited=bool(not pools.is_held[row, 0] and pools.totals[row, 0] >= threshold),
    )
