"""Selecting and sorting as the kernels need it: numpy's own forms take numba ten seconds longer to compile."""

from typing import Any

import numpy as np

from services.matching.engine.kernels.compiled import bare, compiled

_COARSE_BITS = 13  # a thousandth of a total


@bare
def select_largest(values: Any, count: int) -> float:
    """Return the count-th largest of some values; there must be as many. The values are put in another order."""
    low, high, wanted = 0, len(values) - 1, count - 1
    while low < high:
        pivot = values[(low + high) // 2]
        left, right = low, high
        while left <= right:
            while values[left] > pivot:
                left += 1
            while values[right] < pivot:
                right -= 1
            if left <= right:
                values[left], values[right] = values[right], values[left]
                left += 1
                right -= 1
        if wanted <= right:
            high = right
        elif wanted >= left:
            low = left
        else:
            break
    return values[wanted]


@compiled
def find_floor(totals: Any, count: int, tally: Any) -> int:
    """
    Return a number that the count-th largest of some totals reaches, and by which it is missed by little.

    Totals are whole numbers of units; ``tally`` is room to count them in. There must be as many.
    """
    tally[:] = 0
    highest = 0
    for total in totals:
        place = min(max(total, 0) >> _COARSE_BITS, len(tally) - 1)
        tally[place] += 1
        highest = max(highest, place)
    left = count
    while highest > 0 and left > tally[highest]:
        left -= tally[highest]
        highest -= 1
    if highest == 0:  # few are above nothing: eligible pairs are rare here
        return int(select_largest(totals.copy(), count))
    return highest << _COARSE_BITS


@compiled
def sort_places(keys: Any) -> Any:
    """Return the places of keys in rising order (a heap sort)."""
    count = len(keys)
    places = np.arange(count)
    for step in range(count // 2 + count):
        # The first half of the steps builds the heap, the others take its largest away.
        end = count
        root = count // 2 - 1 - step
        if root < 0:
            end = count - 1 - (step - count // 2)
            places[0], places[end] = places[end], places[0]
            root = 0
        moved = places[root]
        while 2 * root + 1 < end:
            child = 2 * root + 1
            if child + 1 < end and keys[places[child + 1]] > keys[places[child]]:
                child += 1
            if keys[places[child]] <= keys[moved]:
                break
            places[root] = places[child]
            root = child
        places[root] = moved
    return places
