"""OR-tools' min-cost flow on a saved market, in a process of its own: ``python -m bench.allocation.flow FILE``."""

import json
import sys
import time

import numpy as np
from ortools.graph.python import min_cost_flow

UNIT = 1_000_000


def main(path: str) -> None:
    """Solve to the optimum and print the total, the pairs and the seconds of building and of solving."""
    with np.load(path) as saved:
        owners, supplies, scores, places, capacity = (
            saved[name] for name in ("owners", "supplies", "scores", "places", "capacity")
        )
    began = time.perf_counter()
    demands, sink = len(places), len(places) + len(capacity)
    left, right = np.arange(demands), demands + np.arange(len(capacity))
    costs = -np.rint(scores * UNIT).astype(np.int64)
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(owners, demands + supplies, np.ones(len(scores), np.int64), costs)
    flow.add_arcs_with_capacity_and_unit_cost(right, np.full(len(capacity), sink), capacity, np.zeros_like(capacity))
    # A place may stay empty: it then flows past the supplies at no cost.
    flow.add_arcs_with_capacity_and_unit_cost(left, np.full(demands, sink), places, np.zeros_like(places))
    flow.set_nodes_supplies(np.append(left, sink), np.append(places, -places.sum()))
    built = time.perf_counter()
    status = flow.solve()
    solved = time.perf_counter()
    flows = flow.flows(np.arange(len(scores)))
    print(
        json.dumps(
            {
                "optimal": status == flow.OPTIMAL,
                "total": float(scores[flows > 0].sum()),
                "pairs": int((flows > 0).sum()),
                "build_seconds": built - began,
                "seconds": solved - built,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
