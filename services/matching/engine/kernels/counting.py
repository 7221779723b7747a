"""How many pairs the gates leave, over all supplies of every demand's areas."""

from typing import Any

import numpy as np

from services.matching.engine.kernels.compiled import compiled
from services.matching.engine.kernels.exact import judge
from services.matching.engine.kernels.layout import IndexArrays, RowArrays, TableArrays


@compiled
def count_block(
    asked: Any, index: IndexArrays, demands: RowArrays, supplies: RowArrays, tables: TableArrays, counts: Any
) -> None:
    """Write for each demand asked for how many supplies are eligible and how many held; none may be closed."""
    seen = np.full(len(supplies.classes), -1, dtype=np.int64)
    for place in range(len(asked)):
        d = asked[place]
        found = np.zeros(3, dtype=np.int64)
        for area in demands.areas[demands.area_starts[d] : demands.area_starts[d + 1]]:
            if area >= len(index.area_blocks) - 1:
                continue
            begin = index.block_slots[index.area_blocks[area]]
            for slot in range(begin, index.block_slots[index.area_blocks[area + 1]]):
                s = index.supply[slot]
                if demands.codes[d] > 1:  # a place with former codes may meet a supply in several areas
                    if seen[s] == d:
                        continue
                    seen[s] = d
                found[int(judge(demands, d, supplies, s, tables))] += 1
        counts[place, 0], counts[place, 1] = found[0], found[1]
