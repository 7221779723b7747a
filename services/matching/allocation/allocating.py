"""Allocate: the auction or its stable alternative, then the floors, with the certificate of what was reached."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from services.matching.allocation.auction import run_phase
from services.matching.allocation.certificate import find_bound, sum_best
from services.matching.allocation.floors import Floors, raise_to_floors
from services.matching.allocation.graph import Graph
from services.matching.allocation.holding import empty, make_holding
from services.matching.allocation.kernels.compiling import Floats, Indices, Ints
from services.matching.allocation.kernels.slots import Holding
from services.matching.allocation.stable import defer_acceptance

Mode = Literal["optimal", "stable"]
SMALL = 200_000  # candidates up to which the optimum itself is looked for
EXACT = 5e-7  # totals that differ by less are equal: scores have six digits
_FIRST_STEP, _STEPS, _MOST_PHASES = 2.0, 4.0, 16  # ε begins at so many times the wanted gap
_LEAST_STEP = 1e-5  # where prices climb from nothing, smaller ones would take too long


@dataclass(frozen=True, eq=False)
class Certificate:
    """A bound on every allocation, the prices of the supplies that prove it, and how many each organization had."""

    bound: float
    prices: Floats
    used: Ints
    phases: int

    def find_gap(self, total: float) -> float:
        """Return the share of the bound by which a total may at most be improved."""
        missing = self.bound - total
        return missing / self.bound if missing > EXACT else 0.0


@dataclass(frozen=True, eq=False)
class Allocation:
    """
    The chosen candidates and what is known about them.

    ``total`` is their score, ``free_total`` that without floors, ``certificate`` a bound that no allocation exceeds,
    and ``reached`` how many pairs each group has.
    """

    chosen: Indices
    total: float
    free_total: float
    certificate: Certificate
    reached: Ints

    @property
    def gap(self) -> float:
        """Return the share of the bound by which the allocation without floors may at most be improved."""
        return self.certificate.find_gap(self.free_total)


def allocate(graph: Graph, *, mode: Mode = "optimal", gap: float = 0.0005, floors: Floors | None = None) -> Allocation:
    """Choose candidates within the room of both sides; ``gap`` suffices where there are too many for the optimum."""
    holding = make_holding(graph)
    # Also a stable allocation is measured by the prices of an auction.
    certificate = _hold_auction(graph, holding, gap)
    if mode == "stable":
        empty(holding, graph)
        defer_acceptance(graph, holding)
    free_total = total = _add_up(graph, holding)
    reached = np.zeros(0, np.int64)
    if floors is not None:
        reached = raise_to_floors(graph, holding, floors)
        total = _add_up(graph, holding)
    chosen = np.flatnonzero(holding.is_held).astype(np.int32)
    return Allocation(chosen, total, free_total, certificate, reached)


def _hold_auction(graph: Graph, holding: Holding, gap: float) -> Certificate:
    """Refine ε until the certified gap is small enough; return the smallest bound with its prices."""
    epsilon = _FIRST_STEP * gap * float(graph.scores.max(initial=0.0))
    least, smallest = holding.prices.copy(), np.inf
    is_limited = False
    found = Certificate(0.0, least, holding.used.copy(), 0)
    for phases in range(1, _MOST_PHASES + 1):
        empty(holding, graph)
        if is_limited:
            # Supplies of an organization at its limit cannot lower their prices one by one: all climb from nothing.
            holding.prices[:] = least
        run_phase(graph, holding, epsilon)
        bound = find_bound(graph, holding.prices, holding.used, sum_best(graph))
        if bound < smallest:
            smallest = bound
            found = Certificate(bound, holding.prices.copy(), holding.used.copy(), phases)
        enough = EXACT if len(graph.scores) <= SMALL else gap * bound
        is_limited = is_limited or bool(((holding.used >= graph.most) & (graph.most > 0)).any())
        epsilon /= _STEPS
        if smallest - _add_up(graph, holding) < enough or (is_limited and epsilon < _LEAST_STEP):
            break
    return found


def _add_up(graph: Graph, holding: Holding) -> float:
    return float(graph.scores[holding.is_held].sum())
