"""A generated market of candidates: villages near each other want the same few good supplies."""

import numpy as np

from services.matching.allocation.graph import Graph

DEGREE = 50


def make_market(size: int, *, seed: int) -> Graph:
    """Return ``size`` demands and supplies with the best fifty candidates of each demand, and 1.5 times the room."""
    draw = np.random.default_rng(seed)
    quality = draw.normal(0, 0.06, size)
    reach = max(4 * DEGREE, size // 50)  # a demand sees the supplies of its own region
    supplies = np.empty((size, DEGREE), np.int32)
    scores = np.empty((size, DEGREE))
    for demand in range(size):
        seen = (demand + draw.integers(-reach // 2, reach // 2, 4 * DEGREE)) % size
        seen = np.unique(seen)
        worth = np.round(np.clip(0.5 + quality[seen] + draw.normal(0, 0.09, len(seen)), 0.3, 1.0), 6)
        best = np.lexsort((seen, -worth))[:DEGREE]
        supplies[demand, : len(best)], scores[demand, : len(best)] = seen[best], worth[best]
    places = draw.choice([1, 2, 3], size, p=[0.6, 0.3, 0.1]).astype(np.int64)
    capacity = draw.choice([1, 2, 4], size, p=[0.5, 0.3, 0.2]).astype(np.int64)
    return Graph(
        pointers=np.arange(0, size * DEGREE + 1, DEGREE, dtype=np.int64),
        supplies=supplies.ravel(),
        scores=scores.ravel(),
        places=places,
        capacity=capacity,
        organizations=np.arange(size, dtype=np.int32),
        most=np.full(size, np.iinfo(np.int64).max),
    )
