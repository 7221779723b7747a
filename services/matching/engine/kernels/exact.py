"""The score of one pair in double precision, as the reference computes it."""

from typing import Any

import numpy as np

from services.matching.engine.kernels.compiled import bare, compiled, inlined
from services.matching.engine.kernels.layout import Lines, RowArrays, TableArrays
from services.matching.scoring.text import MEANING_UNITS

_NO_DAY = 2**29
_WORDS_A_LINE = 16


@inlined
def score_budget(need: float, money: float, lines: Lines) -> float:
    """Return the points of the budget; a negative number is an unknown one."""
    if money == 0:
        return lines.no_money
    if money < 0 or need < 0:
        return lines.budget_unknown
    share = min(1.0, money / need) if need > 0 else 1.0
    return lines.budget_low + lines.budget_slope * share


@inlined
def score_time(first: int, last: int, other_first: int, other_last: int, lines: Lines) -> float:
    """Return the points of the time that a supply covers of a demand's period (``first`` to ``last``)."""
    wanted = last - first + 1
    known = first > -_NO_DAY and last < _NO_DAY and other_first > -_NO_DAY and other_last < _NO_DAY
    if not known or wanted <= 0:
        return lines.time_unknown
    common = min(last, other_last) - max(first, other_first) + 1
    return lines.time_low + lines.time_slope * max(0.0, common / wanted)


@inlined
def score_tilt(demands: RowArrays, d: int, supplies: RowArrays, s: int, tables: TableArrays) -> float:
    """Return the tilt before its cap."""
    a, b = demands.classes[d], supplies.classes[s]
    return demands.people[d] + tables.kind[a[3], b[3]] + tables.place[a[4], b[4]]


@inlined
def judge(demands: RowArrays, d: int, supplies: RowArrays, s: int, tables: TableArrays) -> float:
    """Return the severity of the gates, apart from place and being closed."""
    late = supplies.first_day[s] > demands.last_day[d]
    early = supplies.last_day[s] < demands.first_day[d]
    if late or early:
        return 2.0
    a, b = demands.classes[d], supplies.classes[s]
    return max(tables.gate[a[5], b[5]], tables.charter[a[6], b[6]])


@inlined
def compare_terms(rows: RowArrays, row: int, dense: Any) -> float:
    """Return the cosine of a row's terms and the dense weights of the other side, rounded like the reference's."""
    total = 0.0
    for place in range(rows.term_starts[row], rows.term_starts[row + 1]):
        total += np.float64(rows.weights[place]) * np.float64(dense[rows.terms[place]])
    return min(1.0, max(0.0, np.rint(total * 1e6) / 1e6))


@bare
def fetch_terms(rows: RowArrays, wanted: Any) -> float:
    """
    Read a word of each cache line that holds the terms of some rows, and return the sum of what was read.

    Memory gives many lines at once sooner than one after the other, as the comparing of terms would ask for them.
    """
    terms, weights, starts = rows.terms, rows.weights, rows.term_starts
    total = np.float32(0)
    for i in range(len(wanted)):
        for place in range(starts[wanted[i]], starts[wanted[i] + 1], _WORDS_A_LINE):
            total += np.float32(terms[place]) + weights[place]
    return float(total)


@inlined
def compare_meaning(demands: RowArrays, d: int, supplies: RowArrays, s: int) -> float:
    """Return the nearness of the meanings, rounded like the reference's; whole numbers add up exactly."""
    total = np.int32(0)
    for k in range(demands.meaning.shape[1]):
        total = np.int32(total + np.int32(demands.meaning[d, k]) * np.int32(supplies.meaning[s, k]))
    return min(1.0, max(0.0, np.rint(total / (MEANING_UNITS * MEANING_UNITS) * 1e6) / 1e6))


@compiled
def compare_meanings(demands: RowArrays, d: int, supplies: RowArrays, rows: Any, lines: Lines) -> Any:
    """Return the nearness of the meanings of some supplies, the unknown one where it does not count."""
    nears = np.full(len(rows), lines.unknown)
    if lines.meaning_slope != 0:
        for i in range(len(rows)):
            nears[i] = compare_meaning(demands, d, supplies, rows[i])
    return nears


@inlined
def score_fit(
    demands: RowArrays,
    d: int,
    supplies: RowArrays,
    s: int,
    tables: TableArrays,
    lines: Lines,
    terms: float,
    meaning: float,
) -> float:
    """Return the fit of a pair."""
    a, b = demands.classes[d], supplies.classes[s]
    text = lines.text_low + lines.text_slope * terms + lines.meaning_slope * (meaning - lines.unknown)
    return (
        text
        + tables.field[a[0], b[0]]
        + tables.form[a[1], b[1]]
        + tables.group[a[2], b[2]]
        + score_budget(demands.money[d], supplies.money[s], lines)
        + score_time(demands.first_day[d], demands.last_day[d], supplies.first_day[s], supplies.last_day[s], lines)
        + supplies.record[s, demands.purchase[d]]
    )


@bare
def scatter(rows: RowArrays, row: int, dense: Any, keep: bool) -> None:
    """Write the weights of a row's terms into the dense array, or take them out of it."""
    for place in range(rows.term_starts[row], rows.term_starts[row + 1]):
        dense[rows.terms[place]] = rows.weights[place] if keep else np.float32(0)
