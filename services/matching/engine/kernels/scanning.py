"""The first, fast look at all supplies of a demand's areas, in single precision with a known error."""

from typing import Any, NamedTuple

import numpy as np

from services.matching.engine.kernels.building import WEIGHT_UNITS, find_slot
from services.matching.engine.kernels.compiled import bare, compiled, inlined
from services.matching.engine.kernels.layout import IndexArrays, Lines, RowArrays, Scratch, TableArrays

NEVER = np.float32(-15)
HELD_BEHIND = 4.0  # a held pair stands behind every eligible one: no total reaches this
STRIPE = 16
_NO_DAY = 2**29
_SLOP = 4.5e-6  # adding a few hundred numbers below 2 in single precision, and units of 2 ** -23
# The best of a stripe is sought among whole numbers (no total is beyond 16): only a loop that looks for the largest
# whole number or joins bits, and writes nothing, becomes one over vectors.
UNITS = np.float32(2**23)


class Question(NamedTuple):
    """What a scan needs to know of a demand, in single precision; the points are those of ``Lines``."""

    first: Any
    last: Any
    per_day: Any
    time_low: Any
    time_unknown: Any
    per_fen: Any
    budget_low: Any
    budget_slope: Any
    budget_unknown: Any
    no_money: Any
    cap: Any
    purchase: Any


@bare
def prepare(
    index: IndexArrays, demands: RowArrays, d: int, tables: TableArrays, lines: Lines, scratch: Scratch
) -> float:
    """Lay the demand's row of every table ready and return how far a scanned score may be from the exact one."""
    a = demands.classes[d]
    for k in range(tables.field.shape[1]):
        scratch.field[k] = tables.field[a[0], k] + lines.text_low
    for k in range(tables.form.shape[1]):
        scratch.form[k] = tables.form[a[1], k]
    for k in range(tables.group.shape[1]):
        scratch.group[k] = tables.group[a[2], k]
    for k in range(len(index.tilt_kind)):
        scratch.tilt[k] = (
            demands.people[d] + tables.kind[a[3], index.tilt_kind[k]] + tables.place[a[4], index.tilt_place[k]]
        )
    for k in range(len(index.gate_gate)):
        severity = max(tables.gate[a[5], index.gate_gate[k]], tables.charter[a[6], index.gate_charter[k]])
        scratch.gate[k] = NEVER if severity == 2 else np.float32(-HELD_BEHIND * severity)
    total = 0.0
    for place in range(demands.term_starts[d], demands.term_starts[d + 1]):
        total += demands.weights[place]
    return abs(lines.text_slope) * total * 0.5 / WEIGHT_UNITS * (1 + lines.tilt_share) + _SLOP


@bare
def put_question(demands: RowArrays, d: int, lines: Lines) -> Question:
    """Return the demand's budget and period as the scan compares them."""
    first, last, need = demands.first_day[d], demands.last_day[d], demands.money[d]
    wanted = last - first + 1
    dated = first > -_NO_DAY and last < _NO_DAY and wanted > 0
    return Question(
        np.float32(first),
        np.float32(last),
        np.float32(lines.time_slope / wanted) if dated else np.float32(0),
        np.float32(lines.time_low if dated else lines.time_unknown),
        np.float32(lines.time_unknown),
        np.float32(1 / need) if need > 0 else np.float32(1),
        np.float32(lines.budget_low if need >= 0 else lines.budget_unknown),
        np.float32(lines.budget_slope if need >= 0 else 0),
        np.float32(lines.budget_unknown),
        np.float32(lines.no_money),
        np.float32(lines.tilt_share),
        demands.purchase[d],
    )


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
    time = question.time_unknown if start < np.float32(-_NO_DAY) else time
    time = question.time_unknown if end > np.float32(_NO_DAY) else time
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
        scratch.maxima[stripe], _ = look_at_slots(
            index, first, count - whole, place, record, question, scratch, now, NEVER
        )
        stripe += 1
    return stripe


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
            _, reaching = look_at_stripe(index, first, place, record, question, scratch, now, floor)
        scratch.maxima[stripe] = reaching
        stripe += 1
    if whole < count:
        first, place = np.uint64(begin + whole), np.uint64(offset + whole)
        _, reaching = look_at_slots(index, first, count - whole, place, record, question, scratch, now, floor)
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
