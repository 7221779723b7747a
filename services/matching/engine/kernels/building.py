"""Build the posting lists of an index."""

from typing import Any

import numpy as np

from services.matching.engine.kernels.compiled import compiled

WEIGHT_UNITS = 65535


@compiled
def find_slot(hash_term: Any, start: int, mask: int, term: int) -> int:
    """Return where a term stands in a block's directory, or the free place where it would stand."""
    place = (term * 2654435769 >> 7) & mask
    while hash_term[start + place] != term and hash_term[start + place] != -1:
        place = (place + 1) & mask
    return start + place


@compiled
def size_directories(block_slots: Any, supply: Any, term_starts: Any, terms: Any, term_count: int) -> tuple[Any, Any]:
    """Return where each block's directory starts (the end of the last behind them) and the mask of each."""
    blocks = len(block_slots) - 1
    seen = np.full(term_count, -1, dtype=np.int32)
    starts, masks = np.zeros(blocks + 1, dtype=np.int64), np.zeros(blocks, dtype=np.int64)
    for block in range(blocks):
        distinct = 0
        for slot in range(block_slots[block], block_slots[block + 1]):
            row = supply[slot]
            for place in range(term_starts[row], term_starts[row + 1]):
                if seen[terms[place]] != block:
                    seen[terms[place]] = block
                    distinct += 1
        size = 4
        while size < 2 * distinct:
            size *= 2
        masks[block] = size - 1
        starts[block + 1] = starts[block] + size
    return starts, masks


@compiled
def post_terms(
    block_slots: Any, supply: Any, term_starts: Any, terms: Any, weights: Any, starts: Any, masks: Any
) -> tuple[Any, Any, Any, Any, Any]:
    """Return directory (term, first and last posting) and postings (slot in the block, weight) of every block."""
    blocks = len(block_slots) - 1
    hash_term = np.full(starts[blocks], -1, dtype=np.int32)
    first, last = np.zeros(starts[blocks], dtype=np.int64), np.zeros(starts[blocks], dtype=np.int64)
    total = 0
    for slot in range(block_slots[blocks]):
        total += term_starts[supply[slot] + 1] - term_starts[supply[slot]]
    posted, weight = np.empty(total, dtype=np.uint16), np.empty(total, dtype=np.uint16)
    base = 0
    for block in range(blocks):
        start, mask = starts[block], masks[block]
        for slot in range(block_slots[block], block_slots[block + 1]):
            row = supply[slot]
            for place in range(term_starts[row], term_starts[row + 1]):
                found = find_slot(hash_term, start, mask, terms[place])
                hash_term[found] = terms[place]
                last[found] += 1
        for found in range(start, start + mask + 1):
            count = last[found]
            first[found], last[found] = base, base
            base += count
        for slot in range(block_slots[block], block_slots[block + 1]):
            row = supply[slot]
            for place in range(term_starts[row], term_starts[row + 1]):
                found = find_slot(hash_term, start, mask, terms[place])
                posted[last[found]] = slot - block_slots[block]
                weight[last[found]] = np.uint16(np.rint(min(1.0, weights[place]) * WEIGHT_UNITS))
                last[found] += 1
    return hash_term, first, last, posted, weight
