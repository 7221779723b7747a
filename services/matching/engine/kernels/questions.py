"""What a demand asks of each slot, laid ready in single precision with a known error."""

from typing import Any, NamedTuple

import numpy as np

from services.matching.engine.kernels.building import WEIGHT_UNITS
from services.matching.engine.kernels.compiled import bare
from services.matching.engine.kernels.layout import IndexArrays, Lines, RowArrays, Scratch, TableArrays

NEVER = np.float32(-15)
HELD_BEHIND = 4.0  # a held pair stands behind every eligible one: no total reaches this
NO_DAY = 2**29
_SLOP = 4.5e-6  # adding a few hundred numbers below 2 in single precision, and units of 2 ** -23


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
    dated = first > -NO_DAY and last < NO_DAY and wanted > 0
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
