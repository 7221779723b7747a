"""Gather the slots that may be among the best of a demand."""

from typing import Any

import numpy as np

from services.matching.engine.kernels.compiled import compiled
from services.matching.engine.kernels.layout import IndexArrays, Lines, RowArrays, Scratch, TableArrays
from services.matching.engine.kernels.marking import count_marked, list_marked, mark_reaching, score_slots
from services.matching.engine.kernels.questions import NEVER, Question, prepare, put_question
from services.matching.engine.kernels.scanning import STRIPE, UNITS, add_texts, find_maxima
from services.matching.engine.kernels.sorting import find_floor, sort_places

ROUNDING = 1e-6  # totals are equal when they agree to six digits


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
    floor -= 2 * error + ROUNDING
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
    twins = np.zeros(found, dtype=np.bool_)
    owners = index.supply[chosen[:found]].astype(np.int64)
    places = sort_places(owners)
    for k in range(1, found):
        twins[places[k]] = owners[places[k]] == owners[places[k - 1]]
    kept = 0
    for k in range(found):
        if not twins[k]:
            chosen[kept], scores[kept] = chosen[k], scores[k]
            kept += 1
    return kept
