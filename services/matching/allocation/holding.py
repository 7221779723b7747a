"""The state in which an allocation begins: nobody holds anything."""

import numpy as np

from services.matching.allocation.graph import Graph
from services.matching.allocation.kernels.slots import NOBODY, Holding


def make_holding(graph: Graph) -> Holding:
    """Return a state in which nobody holds anything; what has no room costs more than it is worth, the rest nothing."""
    pointers, members = graph.members
    closed = (graph.room <= 0) | (graph.most[graph.organizations] <= 0)
    return Holding(
        slot_pointers=graph.slot_pointers,
        slot_edges=np.full(int(graph.slot_pointers[-1]), NOBODY, np.int32),
        slot_bids=np.zeros(int(graph.slot_pointers[-1])),
        filled=np.zeros(len(graph.capacity), np.int64),
        kept_pointers=np.concatenate([np.zeros(1, np.int64), np.cumsum(graph.wanted)]),
        kept=np.full(int(graph.wanted.sum()), NOBODY, np.int32),
        open_places=graph.wanted.copy(),
        is_held=np.zeros(len(graph.supplies), np.bool_),
        owners=graph.owners,
        supplies=graph.supplies,
        organizations=graph.organizations,
        member_pointers=pointers,
        members=members,
        most=graph.most,
        used=np.zeros(len(graph.most), np.int64),
        prices=np.where(closed, graph.scores.max(initial=0.0), 0.0),
    )


def empty(holding: Holding, graph: Graph) -> None:
    """Let everybody go and keep the prices."""
    holding.filled[:] = 0
    holding.used[:] = 0
    holding.is_held[:] = False
    holding.open_places[:] = graph.wanted
