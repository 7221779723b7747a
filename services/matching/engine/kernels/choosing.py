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
from services.matching.engine.kernels.layout import IndexArrays, Lines, RowArrays, Scratch, TableArrays
from services.matching.engine.kernels.scanning import (
    HELD_BEHIND,
    NEVER,
    STRIPE,
    UNITS,
    Question,
    add_texts,
    count_marked,
    find_maxima,
    list_marked,
    mark_reaching,
    prepare,
    put_question,
    score_slots,
)
from services.matching.engine.kernels.sorting import find_floor, select_largest, sort_places
from services.matching.scoring.ranking import ROUND_UP_FROM, TOTAL_UNITS

_ROUNDING = 1e-6  # totals are equal when they agree to six digits


@compiled
def scan(
    index: IndexArrays, demands: RowArrays, d: int, tables: TableArrays, lines: Lines, scratch: Scratch, version: int,
    k: int,
) -> tuple[Any, Any, float]:  # fmt: skip
    """Return the slots that may be among the best k, their scanned scores, and the error of these."""
    error = prepare(index, demands, d, tables, lines, scratch)
    question = put_question(demands, d, lines)
    areas = demands.areas[demands.area_starts[d] : demands.area_starts[d + 1]]
    offset, stripe = 0, 0
    for area in areas:
        if area >= len(index.area_blocks) - 1:
            continue
        for block in range(index.area_blocks[area], index.area_blocks[area + 1]):
            begin = index.block_slots[block]
            count = index.block_slots[block + 1] - begin
            add_texts(index, block, offset, demands, d, lines, scratch)
            stripe = find_maxima(index, begin, count, offset, stripe, question, scratch, version)
            offset += count
    wanted = k * demands.codes[d]  # a place with former codes may meet a supply in several areas
    floor: Any = NEVER / 2
    if stripe > wanted:
        floor = max(floor, find_floor(scratch.maxima[:stripe], wanted, scratch.tally) / UNITS)
    floor -= 2 * error + _ROUNDING
    chosen, scores = collect(index, areas, question, scratch, version, floor)
    if demands.codes[d] > 1:
        kept = drop_twins(index, chosen, scores, len(chosen))
        return chosen[:kept], scores[:kept], error
    return chosen, scores, error


@compiled
def collect(
    index: IndexArrays, areas: Any, question: Question, scratch: Scratch, version: int, floor: float
) -> tuple[Any, Any]:
    """Return the slots whose scanned score reaches a floor, and these scores."""
    found, offset, first = 0, 0, 0
    for area in areas:
        if area >= len(index.area_blocks) - 1:
            continue
        for block in range(index.area_blocks[area], index.area_blocks[area + 1]):
            begin, count = index.block_slots[block], index.block_slots[block + 1] - index.block_slots[block]
            behind = mark_reaching(index, begin, count, offset, first, question, scratch, version, np.float32(floor))
            found += count_marked(scratch.maxima, first, behind)
            offset, first = offset + count, behind
    chosen, places = np.empty(found, dtype=np.int64), np.empty(found, dtype=np.int64)
    found, offset, first = 0, 0, 0
    for area in areas:
        if area >= len(index.area_blocks) - 1:
            continue
        for block in range(index.area_blocks[area], index.area_blocks[area + 1]):
            begin, count = index.block_slots[block], index.block_slots[block + 1] - index.block_slots[block]
            behind = first + (count + STRIPE - 1) // STRIPE
            found = list_marked(scratch.maxima, first, behind, begin, offset, chosen, places, found)
            offset, first = offset + count, behind
    return chosen, score_slots(index, chosen, places, question, scratch)


@compiled
def drop_twins(index: IndexArrays, chosen: Any, scores: Any, found: int) -> int:
    """Keep each supply once and return how many there are."""
    kept = 0
    for k in range(found):
        twin = False
        for other in range(kept):
            twin = twin or index.supply[chosen[other]] == index.supply[chosen[k]]
        if not twin:
            chosen[kept], scores[kept] = chosen[k], scores[k]
            kept += 1
    return kept


@inlined
def rank_key(total: float, held: bool, rank: int) -> int:
    """Return a number that sorts pairs: eligible before held, higher totals first, then the rank among equals."""
    units: Any = np.int64(np.floor(total * TOTAL_UNITS + (1 - ROUND_UP_FROM)))
    key: int = (np.int64(held) * 4 * TOTAL_UNITS - units) * 2**32 + rank
    return key


@compiled
def choose_best(scores: Any, band: float, k: int) -> Any:
    """Return which of the scanned are sure to be among the best k (1), may be (2) or cannot be (0)."""
    verdict = np.zeros(len(scores), dtype=np.int8)
    if len(scores) <= k:
        verdict[:] = 1
        return verdict
    ordered = scores.copy()
    outside = select_largest(ordered, k + 1)
    inside = ordered[:k].min()
    verdict[:] = 2 * (scores >= inside - band) - (scores > outside + band)
    return verdict


@compiled
def choose_pool(
    index: IndexArrays, demands: RowArrays, d: int, supplies: RowArrays, tables: TableArrays, lines: Lines,
    scratch: Scratch, version: int, k: int,
) -> tuple[Any, Any, float]:  # fmt: skip
    """Return the rows of the demand's pool in no order, their scanned scores, and the error of these."""
    chosen, scores, error = scan(index, demands, d, tables, lines, scratch, version, k)
    verdict = choose_best(scores, 2 * error + _ROUNDING, k)
    sure = np.flatnonzero(verdict == 1)
    rows, kept = np.empty(min(k, len(chosen)), dtype=np.int64), len(sure)
    kept_scores = np.empty(len(rows), dtype=np.float32)
    rows[:kept], kept_scores[:kept] = index.supply[chosen[sure]], scores[sure]
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
        kept = choose_best(scores, 2 * error + _ROUNDING, k) > 0
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
