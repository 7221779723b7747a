"""Peers that are compiled too: the floor, which streams what the engine reads, and brute force over all pairs."""

from typing import Any

import numpy as np

from services.matching.engine.kernels.building import find_slot
from services.matching.engine.kernels.compiled import compiled
from services.matching.engine.kernels.exact import compare_terms, judge, scatter, score_fit, score_tilt
from services.matching.engine.kernels.layout import IndexArrays, Lines, RowArrays, TableArrays
from services.matching.engine.kernels.sorting import select_largest


@compiled
def stream(asked: Any, index: IndexArrays, demands: RowArrays) -> tuple[Any, int, int]:
    """Add up every array that the engine reads for some demands; return the sum, the candidates and the postings."""
    total, candidates, postings = 0.0, 0, 0
    for d in asked:
        record = index.record[demands.purchase[d]]
        for place in range(demands.area_starts[d], demands.area_starts[d + 1]):
            area = demands.areas[place]
            if area >= len(index.area_blocks) - 1:
                continue
            for block in range(index.area_blocks[area], index.area_blocks[area + 1]):
                start, mask = index.hash_start[block], index.hash_mask[block]
                for term in range(demands.term_starts[d], demands.term_starts[d + 1]):
                    found = find_slot(index.directory, start, mask, demands.terms[term])
                    first, behind = index.directory[found, 1], index.directory[found + 1, 1]
                    whole = np.int64(0)
                    for posting in index.postings[first:behind]:
                        whole += np.int64(posting)
                    total += whole
                    postings += behind - first
                numbers, floats = np.int64(0), 0.0
                for slot in range(index.block_slots[block], index.block_slots[block + 1]):
                    numbers += (
                        np.int64(index.field[slot])
                        + index.form[slot]
                        + index.group[slot]
                        + index.tilt[slot]
                        + index.gate[slot]
                    )
                    numbers += np.int64(index.closed_at[slot])
                    floats += float(index.money[slot] + record[slot] + index.first_day[slot] + index.last_day[slot])
                candidates += index.block_slots[block + 1] - index.block_slots[block]
                total += numbers + floats
    return total, candidates, postings


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
