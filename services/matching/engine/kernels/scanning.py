"""The first, fast look at all supplies of a demand's areas, stripe by stripe."""

from typing import Any

import numpy as np

from services.matching.engine.kernels.building import WEIGHT_UNITS, find_slot
from services.matching.engine.kernels.compiled import bare, inlined
from services.matching.engine.kernels.layout import IndexArrays, Lines, RowArrays, Scratch
from services.matching.engine.kernels.questions import NEVER, NO_DAY, Question

STRIPE = 16
# The best of a stripe is sought among whole numbers (no total is beyond 16): only a loop that looks for the largest
# whole number or joins bits, and writes nothing, becomes one over vectors.
UNITS = np.float32(2**23)


@bare
def add_texts(
    index: IndexArrays, block: int, offset: int, demands: RowArrays, d: int, lines: Lines, scratch: Scratch
) -> None:
    """Begin the scores of a block with the terms, posting list by posting list."""
    scores = scratch.scores[offset : offset + index.block_slots[block + 1] - index.block_slots[block]]
    scores[:] = 0
    directory, postings, terms, weights = index.directory, index.postings, demands.terms, demands.weights
    start, mask, found, end = index.hash_start[block], index.hash_mask[block], scratch.found, demands.term_starts[d + 1]
    for first in range(demands.term_starts[d], end, len(found)):
        count = min(len(found), end - first)
        for k in range(count):  # all looked up before one is read: memory answers many questions at once
            found[k] = find_slot(directory, start, mask, terms[first + k])
        for k in range(count):
            factor = np.float32(lines.text_slope * weights[first + k] / WEIGHT_UNITS)
            for place in range(directory[found[k], 1], directory[found[k] + 1, 1]):
                posting = postings[place]
                scores[posting >> 16] += factor * np.float32(posting & WEIGHT_UNITS)


@inlined
def score_slot(
    text: Any, field: Any, form: Any, group: Any, tilt: Any, gate: Any, money: Any, start: Any, end: Any, record: Any,
    question: Question,
) -> Any:  # fmt: skip
    """Return a slot's total: every choice is one between two numbers, so that nothing branches."""
    covered = money * question.per_fen
    covered = covered if covered < np.float32(1) else np.float32(1)
    budget = question.budget_low + question.budget_slope * covered
    budget = question.budget_unknown if money < np.float32(0) else budget
    budget = question.no_money if money == np.float32(0) else budget
    until = end if end < question.last else question.last
    since = start if start > question.first else question.first
    common = until - since + np.float32(1)
    common = common if common > np.float32(0) else np.float32(0)
    time = question.time_low + question.per_day * common
    time = question.time_unknown if start < np.float32(-NO_DAY) else time
    time = question.time_unknown if end > np.float32(NO_DAY) else time
    fit = text + field + form + group + budget + time + record
    most = question.cap * fit
    total = fit + (tilt if tilt < most else most) + gate
    total = NEVER if start > question.last else total
    return NEVER if end < question.first else total


@inlined
def look_at_stripe(
    index: IndexArrays, begin: Any, offset: Any, record: Any, question: Question, scratch: Scratch, now: Any, floor: Any
) -> tuple[Any, Any]:
    """Return the best total of a stripe, in units, and the slots whose total reaches a floor, a bit for each."""
    last = begin + np.uint64(STRIPE - 1)
    if index.tilt[begin] == index.tilt[last] and index.field[begin] == index.field[last]:
        best, reaching = look_at_alike(index, begin, offset, record, question, scratch, now, floor)
    else:
        best, reaching = look_at_slots(index, begin, STRIPE, offset, record, question, scratch, now, floor)
    return best, reaching


@inlined
def look_at_slots(
    index: IndexArrays, begin: Any, size: int, offset: Any, record: Any, question: Question, scratch: Scratch, now: Any,
    floor: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """Do so for slots of any kind."""
    best, reaching = np.int32(-(2**31)), np.int32(0)
    for k in range(size):
        slot = begin + np.uint64(k)  # unsigned numbers are never counted from the end of an array
        total = score_slot(
            scratch.scores[offset + np.uint64(k)], scratch.field[index.field[slot]], scratch.form[index.form[slot]],
            scratch.group[index.group[slot]], scratch.tilt[index.tilt[slot]], scratch.gate[index.gate[slot]],
            index.money[slot], index.first_day[slot], index.last_day[slot], record[slot], question,
        )  # fmt: skip
        total = NEVER if index.closed_at[slot] <= now else total
        best = max(best, np.int32(total * UNITS))
        reaching |= (np.int32(1) if total >= floor else np.int32(0)) << np.int32(k)
    return best, reaching


@inlined
def look_at_alike(
    index: IndexArrays, begin: Any, offset: Any, record: Any, question: Question, scratch: Scratch, now: Any, floor: Any
) -> tuple[Any, Any]:
    """Do so for a whole stripe of one tilt and field: by these slots are sorted, so most stripes are of this kind."""
    field, tilt = scratch.field[index.field[begin]], scratch.tilt[index.tilt[begin]]
    best, reaching = np.int32(-(2**31)), np.int32(0)
    for k in range(STRIPE):
        slot = begin + np.uint64(k)
        total = score_slot(
            scratch.scores[offset + np.uint64(k)], field, scratch.form[index.form[slot]],
            scratch.group[index.group[slot]], tilt, scratch.gate[index.gate[slot]],
            index.money[slot], index.first_day[slot], index.last_day[slot], record[slot], question,
        )  # fmt: skip
        total = NEVER if index.closed_at[slot] <= now else total
        best = max(best, np.int32(total * UNITS))
        reaching |= (np.int32(1) if total >= floor else np.int32(0)) << np.int32(k)
    return best, reaching


@bare
def look_at_rest(
    index: IndexArrays, begin: Any, size: int, offset: Any, record: Any, question: Question, scratch: Scratch, now: Any,
    floor: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """Do so for the few slots behind the last whole stripe of a block."""
    return look_at_slots(index, begin, size, offset, record, question, scratch, now, floor)


@inlined
def score_one(index: IndexArrays, slot: int, text: Any, question: Question, scratch: Scratch) -> Any:
    """Return the total of one slot."""
    return score_slot(
        text, scratch.field[index.field[slot]], scratch.form[index.form[slot]], scratch.group[index.group[slot]],
        scratch.tilt[index.tilt[slot]], scratch.gate[index.gate[slot]], index.money[slot], index.first_day[slot],
        index.last_day[slot], index.record[question.purchase, slot], question,
    )  # fmt: skip


@bare
def find_maxima(
    index: IndexArrays, begin: int, count: int, offset: int, stripe: int, question: Question, scratch: Scratch,
    version: int,
) -> int:  # fmt: skip
    """Note the best total of each stripe of a block, and return the next stripe."""
    now, record, whole = np.int32(version), index.record[question.purchase], count // STRIPE * STRIPE
    for low in range(0, whole, STRIPE):
        first, place = np.uint64(begin + low), np.uint64(offset + low)
        scratch.maxima[stripe], _ = look_at_stripe(index, first, place, record, question, scratch, now, NEVER)
        stripe += 1
    if whole < count:
        first, place = np.uint64(begin + whole), np.uint64(offset + whole)
        scratch.maxima[stripe], _ = look_at_rest(
            index, first, count - whole, place, record, question, scratch, now, NEVER
        )
        stripe += 1
    return stripe
