"""Choose the pool of a demand, and its best after the second look, exactly and in the documented order."""

from typing import Any

import numpy as np

from services.matching.engine.kernels.compiled import bare, compiled, inlined
from services.matching.engine.kernels.exact import (
    compare_meanings,
    compare_terms,
    fetch_terms,
    judge,
    scatter,
    score_fit,
    score_tilt,
)
from services.matching.engine.kernels.gathering import ROUNDING, scan
from services.matching.engine.kernels.layout import IndexArrays, Lines, RowArrays, Scratch, TableArrays
from services.matching.engine.kernels.questions import HELD_BEHIND
from services.matching.engine.kernels.sorting import select_largest, sort_places
from services.matching.scoring.ranking import ROUND_UP_FROM, TOTAL_UNITS


@inlined
def rank_key(total: float, held: bool, rank: int) -> int:
    """Return a number that sorts pairs: eligible before held, higher totals first, then the rank among equals."""
    units: Any = np.int64(np.floor(total * TOTAL_UNITS + (1 - ROUND_UP_FROM)))
    key: int = (np.int64(held) * 4 * TOTAL_UNITS - units) * 2**32 + rank
    return key


@compiled
def choose_best(scores: Any, band: float, k: int) -> Any:
    """Return which of the scanned are sure to be among the best k (1), may be (2) or cannot be (0)."""
    verdict = np.ones(len(scores), dtype=np.int8)
    if len(scores) > k:
        ordered = scores.copy()
        outside = select_largest(ordered, k + 1)
        inside = ordered[0]
        for i in range(1, k):
            inside = min(inside, ordered[i])
        for i in range(len(scores)):
            may_be, is_sure = scores[i] >= inside - band, scores[i] > outside + band
            verdict[i] = 2 * may_be - is_sure
    return verdict


@compiled
def choose_pool(
    index: IndexArrays, demands: RowArrays, d: int, supplies: RowArrays, tables: TableArrays, lines: Lines,
    scratch: Scratch, version: int, k: int,
) -> tuple[Any, Any, float]:  # fmt: skip
    """Return the rows of the demand's pool in no order, their scanned scores, and the error of these."""
    chosen, scores, error = scan(index, demands, d, tables, lines, scratch, version, k)
    verdict = choose_best(scores, 2 * error + ROUNDING, k)
    rows, kept, supply = np.empty(min(k, len(chosen)), dtype=np.int64), 0, index.supply
    kept_scores = np.empty(len(rows), dtype=np.float32)
    for i in range(len(chosen)):
        if verdict[i] == 1:
            rows[kept], kept_scores[kept] = supply[chosen[i]], scores[i]
            kept += 1
    doubtful = np.flatnonzero(verdict == 2)
    if kept < len(rows) and len(doubtful) > 0:
        keys = np.empty(len(doubtful), dtype=np.int64)
        for i in range(len(doubtful)):
            row = index.supply[chosen[doubtful[i]]]
            terms = compare_terms(supplies, row, scratch.dense)
            fit = score_fit(demands, d, supplies, row, tables, lines, terms, lines.unknown)
            tilt = min(score_tilt(demands, d, supplies, row, tables), lines.tilt_share * fit)
            held = judge(demands, d, supplies, row, tables) == 1
            keys[i] = rank_key(fit + tilt, held, supplies.tie_rank[demands.purchase[d], row])
        for i in sort_places(keys)[: len(rows) - kept]:
            rows[kept], kept_scores[kept] = index.supply[chosen[doubtful[i]]], scores[doubtful[i]]
            kept += 1
    return rows, kept_scores, error


@bare
def add_meaning(
    demands: RowArrays, d: int, supplies: RowArrays, tables: TableArrays, lines: Lines, rows: Any, nears: Any,
    scores: Any,
) -> float:  # fmt: skip
    """Give scanned scores the meaning of the texts, still in single precision, and return the added error."""
    if lines.meaning_slope == 0:
        return 0.0
    for i in range(len(rows)):
        held = scores[i] < 0
        total = scores[i] + HELD_BEHIND if held else np.float64(scores[i])
        tilt = score_tilt(demands, d, supplies, rows[i], tables)
        fit = total - tilt if tilt <= lines.tilt_share * (total - tilt) else total / (1 + lines.tilt_share)
        fit += lines.meaning_slope * (nears[i] - lines.unknown)
        scores[i] = fit + min(tilt, lines.tilt_share * fit) - (HELD_BEHIND if held else 0.0)
    return 4e-6


@compiled
def measure(
    demands: RowArrays, d: int, supplies: RowArrays, rows: Any, nears: Any, tables: TableArrays, lines: Lines,
    dense: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """Return for each row terms, meaning, fit, tilt, total (unrounded), held; and the keys that sort them."""
    facts, keys = np.empty((len(rows), 6)), np.empty(len(rows), dtype=np.int64)
    write_facts(demands, d, supplies, rows, nears, tables, lines, dense, facts, keys)
    return facts, keys


@bare
def write_facts(
    demands: RowArrays, d: int, supplies: RowArrays, rows: Any, nears: Any, tables: TableArrays, lines: Lines,
    dense: Any, facts: Any, keys: Any,
) -> None:  # fmt: skip
    """Write what ``measure`` returns."""
    if len(rows) > 0:
        facts[0, 0] = fetch_terms(supplies, rows)  # kept for a moment, so that the reading is not left out as useless
    for i in range(len(rows)):
        row = rows[i]
        terms, meaning = compare_terms(supplies, row, dense), nears[i]
        fit = score_fit(demands, d, supplies, row, tables, lines, terms, meaning)
        tilt = min(score_tilt(demands, d, supplies, row, tables), lines.tilt_share * fit)
        severity = judge(demands, d, supplies, row, tables)
        facts[i, 0], facts[i, 1], facts[i, 2], facts[i, 3] = terms, meaning, fit, tilt
        facts[i, 4], facts[i, 5] = fit + tilt, severity
        keys[i] = rank_key(fit + tilt, severity == 1, supplies.tie_rank[demands.purchase[d], row])


@compiled
def match_block(
    asked: Any, index: IndexArrays, demands: RowArrays, supplies: RowArrays, tables: TableArrays,
    lines: Lines, scratch: Scratch, version: int, pool: int, k: int, out_rows: Any, out_facts: Any,
) -> None:  # fmt: skip
    """Write the best k of the demands asked for: supplies' rows (-1 behind them) and facts (see ``measure``)."""
    for place in range(len(asked)):
        d = asked[place]
        scatter(demands, d, scratch.dense, True)
        rows, scores, error = choose_pool(
            index, demands, d, supplies, tables, lines, scratch, version, pool if lines.meaning_slope != 0 else k
        )
        nears = compare_meanings(demands, d, supplies, rows, lines)
        error += add_meaning(demands, d, supplies, tables, lines, rows, nears, scores)
        kept = choose_best(scores, 2 * error + ROUNDING, k) > 0
        rows = rows[kept]
        facts, keys = measure(demands, d, supplies, rows, nears[kept], tables, lines, scratch.dense)
        scatter(demands, d, scratch.dense, False)
        order = sort_places(keys)
        for rank in range(k):
            if rank < len(order):
                out_rows[place, rank] = rows[order[rank]]
                out_facts[place, rank] = facts[order[rank]]
            else:
                out_rows[place, rank] = -1
