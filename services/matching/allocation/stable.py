"""The stable alternative: deferred acceptance (b-suitor), in which no two would rather have each other.

Both sides rank by the same score, so the outcome is what greed by falling score gives, without sorting.
"""

from services.matching.allocation.graph import Graph
from services.matching.allocation.kernels.proposing import propose_all
from services.matching.allocation.kernels.slots import Holding


def defer_acceptance(graph: Graph, holding: Holding) -> None:
    """Let demands propose down their lists, and supplies keep the best."""
    propose_all(graph.pointers, graph.scores, holding, graph.pointers[:-1].copy())
