"""What the candidates are worth to their demands at given prices."""

import numpy as np

from services.matching.allocation.kernels.compiling import Floats, Indices, Ints, compiled


@compiled
def sum_rows(pointers: Ints, supplies: Indices, scores: Floats, prices: Floats, places: Ints, others: Floats) -> Floats:
    """
    Return for each demand the sum of its ``places`` largest positive values of score − price.

    Beside its candidates a demand may have any number of others, each of which is worth at most ``others`` to it.
    """
    count = len(pointers) - 1
    sums = np.zeros(count)
    best = np.zeros(max(1, places.max()) if count > 0 else 1)
    for demand in range(count):
        wanted = places[demand]
        if others[demand] <= 0:
            wanted = min(wanted, pointers[demand + 1] - pointers[demand])
        if wanted <= 0:
            continue
        best[:wanted] = max(0.0, others[demand])
        for edge in range(pointers[demand], pointers[demand + 1]):
            if scores[edge] <= best[wanted - 1]:
                break  # scores fall along the row and no price is negative
            value = scores[edge] - prices[supplies[edge]]
            if value > best[wanted - 1]:
                at = wanted - 1
                while at > 0 and best[at - 1] < value:
                    best[at] = best[at - 1]
                    at -= 1
                best[at] = value
        sums[demand] = best[:wanted].sum()
    return sums
