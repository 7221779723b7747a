"""The first, fast look at all supplies of a demand's areas, in single precision with a known error."""

from typing import Any

import numpy as np

from services.matching.engine.kernels.building import COMMON, RARE, WEIGHT_UNITS, find_slot
from services.matching.engine.kernels.compiled import compiled
from services.matching.engine.kernels.layout import IndexArrays, Lines, RowArrays, Scratch, TableArrays, Wishes

NEVER = np.float32(-1e9)
HELD_BEHIND = 4.0  # a held pair stands behind every eligible one: no total reaches this
STRIPE = 16
_NO_DAY = 2**29
_SLOP = 6e-6  # adding a few hundred numbers below 2 in single precision


@compiled
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


@compiled
def pick_terms(index: IndexArrays, demands: RowArrays, d: int, common: Any) -> tuple[Any, float]:
    """
    Return where the demand's posted terms stand among its terms, and the length of the vector of its common ones.

    These are written into ``common``.
    """
    common[:] = 0
    first, last = demands.term_starts[d], demands.term_starts[d + 1]
    rare, found, squares = np.empty(last - first, dtype=np.int64), 0, 0.0
    for place in range(first, last):
        term = demands.terms[place]
        kind = index.term_kind[term] if term < len(index.term_kind) else 0
        if kind == RARE:
            rare[found] = place
            found += 1
        elif kind > RARE:
            common[kind - COMMON] = demands.weights[place]
            squares += np.float64(demands.weights[place]) ** 2
    return rare[:found], np.sqrt(squares)


@compiled
def add_texts(
    index: IndexArrays, block: int, offset: int, demands: RowArrays, rare: Any, lines: Lines, scratch: Scratch
) -> None:
    """Start the scores of a block with the fields, run by run, and add the rare terms, list by list."""
    begin = 0
    for run in range(index.block_runs[block], index.block_runs[block + 1]):
        scratch.scores[offset + begin : offset + index.run_end[run]] = scratch.field[index.run_field[run]]
        begin = index.run_end[run]
    scores = scratch.scores[offset:]
    start, mask = index.hash_start[block], index.hash_mask[block]
    for place in rare:
        found = find_slot(index.directory, start, mask, demands.terms[place])
        if index.directory[found, 0] == -1:
            continue
        factor = np.float32(lines.text_slope * demands.weights[place] / WEIGHT_UNITS)
        for posting in range(index.directory[found, 1], index.directory[found, 2]):
            scores[index.posting_slot[posting]] += factor * np.float32(index.posting_weight[posting])


@compiled
def read_wishes(demands: RowArrays, d: int, lines: Lines, version: int, common: float) -> Wishes:
    """Return what a demand asks of every slot; ``common`` is the length of its common terms in points."""
    first, last, need = demands.first_day[d], demands.last_day[d], demands.money[d]
    wanted = last - first + 1
    dated = first > -_NO_DAY and last < _NO_DAY and wanted > 0
    return Wishes(
        np.int32(version), np.int32(first), np.int32(last),
        np.float32(lines.time_low if dated else lines.time_unknown),
        np.float32(lines.time_slope / wanted) if dated else np.float32(0), np.float32(lines.time_unknown),
        np.float32(1 / need) if need > 0 else np.float32(1),
        np.float32(lines.budget_low if need >= 0 else lines.budget_unknown),
        np.float32(lines.budget_slope if need >= 0 else 0), np.float32(lines.no_money),
        np.float32(lines.budget_unknown), np.float32(lines.tilt_share), np.float32(common), demands.purchase[d],
    )  # fmt: skip


@compiled
def score_slot(index: IndexArrays, number: int, place: int, record: Any, wishes: Wishes, scratch: Scratch) -> Any:
    """
    Return the total of a slot without the common terms, and at most with them.

    By the inequality of Cauchy and Schwarz they are worth at most the product of both lengths. The numbers are
    unsigned, else each access would ask whether they count from the end, and nothing would be vectorised.
    """
    slot = np.uint64(number)
    one, zero = np.float32(1), np.float32(0)
    money = index.money[slot]
    budget = wishes.budget_low + wishes.budget_slope * min(one, money * wishes.per_fen)
    budget = wishes.budget_unknown if money < 0 else budget
    budget = wishes.no_money if money == 0 else budget
    start, end = index.first_day[slot], index.last_day[slot]
    common = np.float32(np.int32(min(wishes.last, end) - max(wishes.first, start))) + one
    time = wishes.time_low + wishes.per_day * max(zero, common)
    time = wishes.time_unknown if (start < np.int32(-_NO_DAY)) | (end > np.int32(_NO_DAY)) else time
    fit = scratch.scores[np.uint64(place)] + scratch.form[index.form[slot]] + scratch.group[index.group[slot]]
    fit += budget + time + record[slot]
    most = fit + wishes.common * index.common_length[slot]
    tilt, gate = scratch.tilt[index.tilt[slot]], scratch.gate[index.gate[slot]]
    gone = (index.closed_at[slot] <= wishes.version) | (start > wishes.last) | (end < wishes.first)
    behind = NEVER if gone else gate
    return fit + min(tilt, wishes.tilt_share * fit) + behind, most + min(tilt, wishes.tilt_share * most) + behind


@compiled
def add_parts(
    index: IndexArrays, begin: int, count: int, offset: int, stripe: int, wishes: Wishes, scratch: Scratch
) -> int:
    """Note the maxima that all parts together reach in each stripe (storing no slot's), return the next stripe."""
    record = index.record[wishes.purchase]
    for low in range(0, count, STRIPE):
        best, highest = NEVER, NEVER
        for k in range(low, min(low + STRIPE, count)):
            total, high = score_slot(index, begin + k, offset + k, record, wishes, scratch)
            best, highest = max(best, total), max(highest, high)
        scratch.maxima[stripe], scratch.high_maxima[stripe] = best, highest
        stripe += 1
    return stripe


@compiled
def raise_fit(score: Any, tilt: Any, points: Any, lines: Lines) -> Any:
    """Return a scanned score with more points of fit: its tilt is capped by the fit."""
    behind = HELD_BEHIND if score < 0 else 0.0
    total = np.float64(score) + behind
    fit = total - tilt if tilt <= lines.tilt_share * (total - tilt) else total / (1 + lines.tilt_share)
    fit += points
    return fit + min(tilt, lines.tilt_share * fit) - behind


@compiled
def add_common_terms(index: IndexArrays, chosen: Any, scores: Any, lines: Lines, scratch: Scratch) -> None:
    """Complete the scores of chosen slots by the common terms."""
    for i in range(len(chosen)):
        row, terms = index.supply[chosen[i]], np.float32(0)
        for place in range(index.common_starts[row], index.common_starts[row + 1]):
            terms += index.common_weights[place] * scratch.common[index.common_terms[place]]
        tilt = np.float64(scratch.tilt[index.tilt[chosen[i]]])
        scores[i] = raise_fit(scores[i], tilt, lines.text_slope * terms, lines)
