"""An auction with ε-scaling: demands bid for supplies, then supplies that nobody took lower their price.

After Bertsekas and Castañón's forward and reverse auction, with many places, many slots, and a limit per organization.
At the end of a phase no demand would gain more than ε by a change, and what is not full costs nothing.
"""

from services.matching.allocation.graph import Graph
from services.matching.allocation.kernels.bidding import bid_all, lower_all
from services.matching.allocation.kernels.slots import Holding


def run_phase(graph: Graph, holding: Holding, epsilon: float) -> None:
    """Allocate anew from the present prices, exact to ε a place."""
    bid_all(graph.pointers, graph.scores, holding, epsilon)
    if ((holding.prices > 0) & (holding.filled < graph.room)).any():
        begins, edges, demands = graph.columns
        lower_all(begins, edges, demands, graph.scores, holding, epsilon)
