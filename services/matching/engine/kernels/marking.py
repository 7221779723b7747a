"""The slots whose total reaches a floor: a bit for each in the place of their stripe's best total."""

from typing import Any

import numpy as np

from services.matching.engine.kernels.compiled import bare, compiled
from services.matching.engine.kernels.layout import IndexArrays, Scratch
from services.matching.engine.kernels.questions import Question
from services.matching.engine.kernels.scanning import STRIPE, UNITS, look_at_rest, look_at_slots, score_one


@bare
def mark_reaching(
    index: IndexArrays, begin: int, count: int, offset: int, stripe: int, question: Question, scratch: Scratch,
    version: int, floor: Any,
) -> int:  # fmt: skip
    """Put the slots that reach a floor, a bit for each, in the place of the noted totals; return the next stripe."""
    now, record, whole = np.int32(version), index.record[question.purchase], count // STRIPE * STRIPE
    least = np.int32(floor * UNITS)
    for low in range(0, whole, STRIPE):
        reaching = np.int32(0)
        if scratch.maxima[stripe] >= least:
            first, place = np.uint64(begin + low), np.uint64(offset + low)
            _, reaching = look_at_slots(index, first, STRIPE, place, record, question, scratch, now, floor)
        scratch.maxima[stripe] = reaching
        stripe += 1
    if whole < count:
        first, place = np.uint64(begin + whole), np.uint64(offset + whole)
        _, reaching = look_at_rest(index, first, count - whole, place, record, question, scratch, now, floor)
        scratch.maxima[stripe] = reaching
        stripe += 1
    return stripe


@bare
def count_marked(marks: Any, first: int, behind: int) -> int:
    """Return how many slots of some stripes are marked."""
    count = 0
    for stripe in range(first, behind):
        marked = marks[stripe]
        while marked:
            marked &= marked - 1
            count += 1
    return count


@bare
def list_marked(
    marks: Any, first: int, behind: int, begin: int, offset: int, slots: Any, places: Any, count: int
) -> int:
    """Write the marked slots of a block and the places of their texts behind the first ``count``; return their end."""
    for stripe in range(first, behind):
        marked, place = marks[stripe], (stripe - first) * STRIPE
        while marked:
            if marked & 1:
                slots[count], places[count] = begin + place, offset + place
                count += 1
            marked >>= 1
            place += 1
    return count


@compiled
def score_slots(index: IndexArrays, slots: Any, places: Any, question: Question, scratch: Scratch) -> Any:
    """Return the totals of some slots; ``places`` are those of their texts."""
    totals = np.empty(len(slots), dtype=np.float32)
    for k in range(len(slots)):
        totals[k] = score_one(index, slots[k], scratch.scores[places[k]], question, scratch)
    return totals
