"""Small allocation problems for hypothesis, and the exhaustive search that knows their answers."""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from hypothesis import strategies as st

from services.matching.allocation.allocating import Allocation, Mode, allocate
from services.matching.allocation.floors import Floors
from services.matching.allocation.graph import NO_LIMIT, Graph, build_graph

Edge = tuple[int, int, float]


@dataclass(frozen=True)
class Problem:
    """Demands and supplies with room, edges, whose the supplies are, and floors for groups of demands."""

    edges: tuple[Edge, ...]
    places: tuple[int, ...]
    capacity: tuple[int, ...]
    organizations: tuple[int, ...] = ()
    most: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    least: tuple[int, ...] = ()

    def graph(self) -> Graph:
        return build_graph(
            demands=[edge[0] for edge in self.edges],
            supplies=[edge[1] for edge in self.edges],
            scores=[edge[2] for edge in self.edges],
            places=self.places,
            capacity=self.capacity,
            organizations=self.organizations or None,
            most=self.most or None,
        )

    def floors(self) -> Floors:
        return Floors(
            np.array(self.groups or [-1] * len(self.places), np.int32),
            np.array(self.least, np.int64),
            np.zeros(len(self.least), np.int64),
        )

    def solve(self, mode: Mode = "optimal") -> tuple[Allocation, list[Edge]]:
        graph = self.graph()
        found = allocate(graph, mode=mode, floors=self.floors())
        edges = [(int(graph.owners[one]), int(graph.supplies[one]), float(graph.scores[one])) for one in found.chosen]
        return found, edges

    def allows(self, chosen: tuple[Edge, ...] | list[Edge]) -> bool:
        """Tell whether no place, capacity or limit is exceeded."""
        left = np.bincount([edge[0] for edge in chosen], minlength=len(self.places))
        right = np.bincount([edge[1] for edge in chosen], minlength=len(self.capacity))
        if (left > self.places).any() or (right > self.capacity).any():
            return False
        owners = np.bincount([self.organizations[edge[1]] for edge in chosen] if self.most else [], minlength=1)
        return all(number <= most for number, most in zip(owners, self.most, strict=False))

    def count_floors(self, chosen: tuple[Edge, ...] | list[Edge]) -> int:
        """Return how many units of the floors are reached."""
        return sum(
            min(least, sum(self.groups[edge[0]] == group for edge in chosen)) for group, least in enumerate(self.least)
        )

    def search(self) -> tuple[float, int, float]:
        """Try everything: the best total, the most floor units, and the best total with these."""
        allowed = [
            chosen
            for size in range(len(self.edges) + 1)
            for chosen in combinations(self.edges, size)
            if self.allows(chosen)
        ]
        free = max(add_up(chosen) for chosen in allowed)
        units, total = max((self.count_floors(chosen), add_up(chosen)) for chosen in allowed)
        return free, units, total

    def change(self, **changes: Any) -> "Problem":
        return replace(self, **changes)


def add_up(chosen: tuple[Edge, ...] | list[Edge]) -> float:
    return round(sum(edge[2] for edge in chosen), 9)


@st.composite
def problems(draw: st.DrawFn, *, limited: bool = False) -> Problem:
    """Draw a problem of at most four demands and supplies and eight edges."""
    demands, supplies = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    pairs = st.tuples(st.integers(0, demands - 1), st.integers(0, supplies - 1))
    scores = draw(st.dictionaries(pairs, st.integers(0, 20), max_size=8))
    organizations = draw(st.lists(st.integers(0, 1), min_size=supplies, max_size=supplies))
    return Problem(
        edges=tuple((demand, supply, score / 20) for (demand, supply), score in scores.items()),
        places=tuple(draw(st.lists(st.integers(0, 2), min_size=demands, max_size=demands))),
        capacity=tuple(draw(st.lists(st.integers(0, 2), min_size=supplies, max_size=supplies))),
        organizations=tuple(organizations),
        most=tuple(draw(st.lists(st.integers(0, 3), min_size=2, max_size=2)) if limited else [NO_LIMIT, NO_LIMIT]),
        groups=tuple(draw(st.lists(st.integers(-1, 1), min_size=demands, max_size=demands))),
        least=tuple(draw(st.lists(st.integers(0, 2), min_size=2, max_size=2))),
    )
