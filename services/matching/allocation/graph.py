"""The candidates as arrays: demand → (supply, score), with the room on either side."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from services.matching.allocation.kernels.compiling import Floats, Indices, Ints
from services.matching.allocation.kernels.transposing import transpose

NO_LIMIT = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class Graph:
    """
    Candidates in rows (CSR): row ``i`` is ``pointers[i]:pointers[i + 1]`` of ``supplies`` and ``scores``.

    Scores fall along a row and are not negative. A row's order breaks ties: of equally good supplies the one that
    stands first is taken.
    ``places`` is the room per demand, ``capacity`` per supply, ``most`` per organization, ``organizations`` whose a
    supply is.
    """

    pointers: Ints
    supplies: Indices
    scores: Floats
    places: Ints
    capacity: Ints
    organizations: Indices
    most: Ints

    @cached_property
    def room(self) -> Ints:
        """Return the capacity of every supply, cut where it has more than candidates: one slot then stays free."""
        degrees = np.bincount(self.supplies, minlength=len(self.capacity))
        room: Ints = np.minimum(self.capacity, degrees + 1).astype(np.int64)
        return room

    @cached_property
    def slot_pointers(self) -> Ints:
        """Return where the slots of every supply begin in one long array of slots."""
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.room)])

    @cached_property
    def wanted(self) -> Ints:
        """Return the places of every demand that its candidates can fill at most."""
        wanted: Ints = np.minimum(self.places, np.diff(self.pointers))
        return wanted

    @cached_property
    def columns(self) -> tuple[Ints, Indices, Indices]:
        """Return the same candidates by supply: pointers, edge and demand of each."""
        return transpose(self.pointers, self.supplies, len(self.capacity))

    @cached_property
    def members(self) -> tuple[Ints, Indices]:
        """Return the supplies of every organization: pointers and supplies."""
        order = np.argsort(self.organizations, kind="stable").astype(np.int32)
        sizes = np.bincount(self.organizations, minlength=len(self.most))
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]), order

    @cached_property
    def owners(self) -> Indices:
        """Return the demand of every candidate."""
        return np.repeat(np.arange(len(self.places), dtype=np.int32), np.diff(self.pointers))


def build_graph(
    *,
    demands: Any,
    supplies: Any,
    scores: Any,
    places: Any,
    capacity: Any,
    organizations: Any = None,
    most: Any = None,
    ranks: Any = None,
) -> Graph:
    """
    Build a graph from pairs in any order: rows are sorted by falling score, then by rank, then by the supply's index.

    :raises ValueError: if a pair stands there twice, or a score is negative or not a number
    """
    left, right = np.asarray(demands, np.int64), np.asarray(supplies, np.int64)
    weight = np.asarray(scores, np.float64)
    if not np.all(weight >= 0):
        raise ValueError("a score is a number and not negative")
    order = np.lexsort((right, np.zeros(len(left)) if ranks is None else np.asarray(ranks), -weight, left))
    left, right, weight = left[order], right[order], weight[order]
    room = np.asarray(capacity, np.int64)
    if len(np.unique(left * max(1, len(room)) + right)) != len(left):
        raise ValueError("a pair stands among the candidates twice")
    free = np.asarray(places, np.int64)
    counts = np.bincount(left, minlength=len(free))
    owner = np.arange(len(room)) if organizations is None else np.asarray(organizations)
    count = int(owner.max(initial=-1)) + 1
    return Graph(
        pointers=np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
        supplies=right.astype(np.int32),
        scores=weight,
        places=free,
        capacity=room,
        organizations=owner.astype(np.int32),
        most=np.full(count, NO_LIMIT, np.int64) if most is None else np.asarray(most, np.int64),
    )
