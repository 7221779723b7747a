"""Peers that are compiled too: the floor, which streams what the engine reads, and brute force over all pairs."""

from typing import Any

import numpy as np

from services.matching.engine.kernels.building import find_slot
from services.matching.engine.kernels.compiled import bare, compiled, inlined
from services.matching.engine.kernels.exact import compare_terms, judge, scatter, score_fit, score_tilt
from services.matching.engine.kernels.layout import IndexArrays, Lines, RowArrays, TableArrays
from services.matching.engine.kernels.sorting import select_largest


@bare
def stream(asked: Any, index: IndexArrays, demands: RowArrays, found: Any) -> tuple[float, int, int]:
    """
    Add up every array that the engine reads for some demands; return the sum, the candidates and the postings.

    It reads as the engine does: terms are looked up before the first list is read, ``found`` at once.
    """
    total, candidates, postings = 0.0, 0, 0
    for d in asked:
        record, last = index.record[demands.purchase[d]], demands.term_starts[d + 1]
        for place in range(demands.area_starts[d], demands.area_starts[d + 1]):
            area = demands.areas[place]
            if area >= len(index.area_blocks) - 1:
                continue
            for block in range(index.area_blocks[area], index.area_blocks[area + 1]):
                start, mask = index.hash_start[block], index.hash_mask[block]
                for first in range(demands.term_starts[d], last, len(found)):
                    count = min(len(found), last - first)
                    for k in range(count):
                        found[k] = find_slot(index.directory, start, mask, demands.terms[first + k])
                    for k in range(count):
                        begin, end = index.directory[found[k], 1], index.directory[found[k] + 1, 1]
                        total += sum_whole(index.postings, begin, end)
                        postings += end - begin
                begin, end = index.block_slots[block], index.block_slots[block + 1]
                total += sum_whole(index.field, begin, end) + sum_whole(index.form, begin, end)
                total += sum_whole(index.group, begin, end) + sum_whole(index.tilt, begin, end)
                total += sum_whole(index.gate, begin, end) + sum_whole(index.closed_at, begin, end)
                total += sum_real(index.money, begin, end) + sum_real(record, begin, end)
                total += sum_real(index.first_day, begin, end) + sum_real(index.last_day, begin, end)
                candidates += end - begin
    return total, candidates, postings


@inlined
def sum_whole(values: Any, begin: int, end: int) -> Any:
    """Return the sum of whole numbers."""
    total = np.int64(0)
    for place in range(np.uint64(begin), np.uint64(end)):
        total += np.int64(values[place])
    return total


@inlined
def sum_real(values: Any, begin: int, end: int) -> Any:
    """Return the sum of real numbers."""
    total = np.float32(0)
    for place in range(np.uint64(begin), np.uint64(end)):
        total += values[place]
    return total


@compiled
def score_all(
    first: int, last: int, demands: RowArrays, supplies: RowArrays, tables: TableArrays, lines: Lines, dense: Any,
    totals: Any, k: int,
) -> float:  # fmt: skip
    """Score some demands with every supply, document by document, and keep the best k of each; return a checksum."""
    checksum = 0.0
    for d in range(first, last):
        scatter(demands, d, dense, True)
        for s in range(len(supplies.money)):
            totals[s] = -9.0
            inside = False
            for own in range(supplies.area_starts[s], supplies.area_starts[s + 1]):
                for place in range(demands.area_starts[d], demands.area_starts[d + 1]):
                    inside = inside or supplies.areas[own] == demands.areas[place]
            if not inside:
                continue
            severity = judge(demands, d, supplies, s, tables)
            if severity == 2:
                continue
            terms = compare_terms(supplies, s, dense)
            fit = score_fit(demands, d, supplies, s, tables, lines, terms, lines.unknown)
            tilt = min(score_tilt(demands, d, supplies, s, tables), lines.tilt_share * fit)
            totals[s] = fit + tilt - 4.0 * severity
        scatter(demands, d, dense, False)
        if len(totals) > k:
            checksum += select_largest(totals, k)
    return checksum
