"""The best that each demand could still get at given prices, over all pairs: what certifies an allocation."""

from typing import Any

import numpy as np

from services.matching.engine.kernels.compiled import compiled, inlined
from services.matching.engine.kernels.layout import IndexArrays, Lines, RowArrays, Scratch, TableArrays
from services.matching.engine.kernels.questions import NEVER, Question, prepare, put_question
from services.matching.engine.kernels.scanning import STRIPE, UNITS, add_texts, score_one
from services.matching.engine.kernels.sorting import find_floor


@inlined
def score_net(
    index: IndexArrays, slot: int, text: Any, question: Question, scratch: Scratch, now: Any, prices: Any, error: Any
) -> Any:
    """Return the most that a slot may be worth above its price, NEVER if nothing."""
    net = score_one(index, slot, text, question, scratch) - prices[slot] + error
    net = NEVER if index.closed_at[slot] <= now else net
    return net if net > np.float32(0) else NEVER


@compiled
def find_nets(
    index: IndexArrays, begin: int, count: int, offset: int, stripe: int, question: Question, scratch: Scratch,
    prices: Any, error: Any, version: int,
) -> int:  # fmt: skip
    """Note the highest total − price of each stripe of a block, and return the next stripe."""
    now = np.int32(version)
    for low in range(0, count, STRIPE):
        best = np.int32(-(2**31))
        for k in range(low, min(low + STRIPE, count)):
            net = score_net(index, begin + k, scratch.scores[offset + k], question, scratch, now, prices, error)
            best = max(best, np.int32(net * UNITS))
        scratch.maxima[stripe] = best
        stripe += 1
    return stripe


@compiled
def sum_highest(
    index: IndexArrays, areas: Any, question: Question, scratch: Scratch, now: Any, prices: Any, error: Any, floor: Any,
    highest: Any,
) -> float:  # fmt: skip
    """Return the sum of the highest totals − price that reach a floor; ``highest`` is room for as many as count."""
    highest[:] = 0
    offset, stripe = 0, 0
    for area in areas:
        if area >= len(index.area_blocks) - 1:
            continue
        for block in range(index.area_blocks[area], index.area_blocks[area + 1]):
            begin, count = index.block_slots[block], index.block_slots[block + 1] - index.block_slots[block]
            for low in range(0, count, STRIPE):
                if scratch.maxima[stripe] >= np.int32(floor * UNITS):
                    for k in range(low, min(low + STRIPE, count)):
                        text = scratch.scores[offset + k]
                        net = score_net(index, begin + k, text, question, scratch, now, prices, error)
                        least = highest.argmin()
                        highest[least] = max(highest[least], net)
                stripe += 1
            offset += count
    return highest.sum()


@compiled
def bound_block(
    asked: Any, index: IndexArrays, demands: RowArrays, tables: TableArrays, lines: Lines, scratch: Scratch,
    version: int, prices: Any, places: Any, bounds: Any,
) -> None:  # fmt: skip
    """
    Write for each demand asked for a bound on the sum of its ``places`` largest positive totals − price.

    ``prices`` are by slot. Held pairs count nothing: an allocation of the eligible ones is certified.
    """
    now = np.int32(version)
    for place in range(len(asked)):
        d = asked[place]
        bounds[place] = 0.0
        if places[d] <= 0:
            continue
        error = np.float32(prepare(index, demands, d, tables, lines, scratch) + 1e-7)
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
                stripe = find_nets(index, begin, count, offset, stripe, question, scratch, prices, error, version)
                offset += count
        if stripe == 0:
            continue
        wanted = min(places[d], stripe)
        floor = np.float32(find_floor(scratch.maxima[:stripe], wanted, scratch.tally) / UNITS - 1e-6)
        highest = np.zeros(places[d], dtype=np.float32)
        least = max(floor, np.float32(0))
        bounds[place] = sum_highest(index, areas, question, scratch, now, prices, error, least, highest)
