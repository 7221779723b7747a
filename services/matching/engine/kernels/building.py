"""Build the posting lists of an index."""

from typing import Any

import numpy as np

from services.matching.engine.kernels.compiled import bare, compiled

WEIGHT_UNITS = 65535


@bare
def find_slot(directory: Any, start: int, mask: int, term: int) -> int:
    """Return where a term stands in a block's directory, or the free place where it would stand."""
    place = (term * 2654435769 >> 7) & mask
    while directory[start + place, 0] != term and directory[start + place, 0] != -1:
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


@bare
def post_terms(
    block_slots: Any, supply: Any, term_starts: Any, terms: Any, weights: Any, starts: Any, masks: Any, directory: Any,
    postings: Any, written: Any,
) -> None:  # fmt: skip
    """
    Write the directories and the postings of every block; ``written`` has room for the places of any.

    The lists stand in the order of their places, so each ends where that of the next place begins; one place is added
    behind the last.
    """
    blocks = len(block_slots) - 1
    directory[:, 0] = -1
    base = 0
    for block in range(blocks):
        start, mask = starts[block], masks[block]
        written[: mask + 1] = 0
        for slot in range(block_slots[block], block_slots[block + 1]):
            row = supply[slot]
            for place in range(term_starts[row], term_starts[row + 1]):
                found = find_slot(directory, start, mask, terms[place])
                directory[found, 0] = terms[place]
                written[found - start] += 1
        for place in range(mask + 1):
            directory[start + place, 1] = base
            base += written[place]
            written[place] = 0
        for slot in range(block_slots[block], block_slots[block + 1]):
            row = supply[slot]
            for place in range(term_starts[row], term_starts[row + 1]):
                found = find_slot(directory, start, mask, terms[place])
                weight = np.uint32(np.rint(min(1.0, weights[place]) * WEIGHT_UNITS))
                posting = np.uint32(slot - block_slots[block]) << np.uint32(16) | weight
                postings[directory[found, 1] + written[found - start]] = posting
                written[found - start] += 1
    directory[starts[blocks], 1] = base
