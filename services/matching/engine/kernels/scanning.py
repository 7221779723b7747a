"""The first, fast look at all supplies of a demand's areas, in single precision with a known error."""

import numpy as np

from services.matching.engine.kernels.building import WEIGHT_UNITS, find_slot
from services.matching.engine.kernels.compiled import compiled
from services.matching.engine.kernels.layout import IndexArrays, Lines, RowArrays, Scratch, TableArrays

NEVER = np.float32(-1e9)
HELD_BEHIND = 4.0  # a held pair stands behind every eligible one: no total reaches this
STRIPE = 32
_NO_DAY = 2**29
_SLOP = 4e-6  # adding a few hundred numbers below 2 in single precision


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
def add_texts(
    index: IndexArrays, block: int, offset: int, demands: RowArrays, d: int, lines: Lines, scratch: Scratch
) -> None:
    """Start the scores of a block with the fields, run by run, and add the terms, posting list by posting list."""
    begin = 0
    for run in range(index.block_runs[block], index.block_runs[block + 1]):
        scratch.scores[offset + begin : offset + index.run_end[run]] = scratch.field[index.run_field[run]]
        begin = index.run_end[run]
    scores = scratch.scores[offset:]
    start, mask = index.hash_start[block], index.hash_mask[block]
    for place in range(demands.term_starts[d], demands.term_starts[d + 1]):
        found = find_slot(index.hash_term, start, mask, demands.terms[place])
        if index.hash_term[found] == -1:
            continue
        factor = np.float32(lines.text_slope * demands.weights[place] / WEIGHT_UNITS)
        for posting in range(index.hash_first[found], index.hash_last[found]):
            scores[index.posting_slot[posting]] += factor * np.float32(index.posting_weight[posting])


@compiled
def add_parts(
    index: IndexArrays, begin: int, count: int, offset: int, stripe: int, demands: RowArrays, d: int, lines: Lines,
    scratch: Scratch, version: int,
) -> int:  # fmt: skip
    """Add all other parts, gates and tilt in one pass, note the maximum of each stripe, return the next stripe."""
    first, last, need = demands.first_day[d], demands.last_day[d], demands.money[d]
    wanted = last - first + 1
    dated = first > -_NO_DAY and last < _NO_DAY and wanted > 0
    per_day = np.float32(lines.time_slope / wanted) if dated else np.float32(0)
    time_low = np.float32(lines.time_low if dated else lines.time_unknown)
    time_unknown = np.float32(lines.time_unknown)
    per_fen = np.float32(1 / need) if need > 0 else np.float32(1)
    budget_low = np.float32(lines.budget_low if need >= 0 else lines.budget_unknown)
    budget_slope = np.float32(lines.budget_slope if need >= 0 else 0)
    no_money, budget_unknown = np.float32(lines.no_money), np.float32(lines.budget_unknown)
    cap, one, zero = np.float32(lines.tilt_share), np.float32(1), np.float32(0)
    record = index.record[demands.purchase[d]]
    for low in range(0, count, STRIPE):
        best = NEVER
        for k in range(low, min(low + STRIPE, count)):
            slot = begin + k
            money = index.money[slot]
            budget = budget_low + budget_slope * min(one, money * per_fen)
            budget = budget_unknown if money < 0 else budget
            budget = no_money if money == 0 else budget
            start, end = index.first_day[slot], index.last_day[slot]
            common = np.float32(min(last, end) - max(first, start) + 1)
            time = time_low + per_day * max(zero, common)
            time = time_unknown if (start < -_NO_DAY) | (end > _NO_DAY) else time
            fit = scratch.scores[offset + k] + scratch.form[index.form[slot]] + scratch.group[index.group[slot]]
            fit += budget + time + record[slot]
            total = fit + min(scratch.tilt[index.tilt[slot]], cap * fit) + scratch.gate[index.gate[slot]]
            gone = (index.closed_at[slot] <= version) | (start > last) | (end < first)
            total = NEVER if gone else total
            scratch.scores[offset + k] = total
            best = max(best, total)
        scratch.maxima[stripe] = best
        stripe += 1
    return stripe
