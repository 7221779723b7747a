"""The demands of one supply: a look at every demand in its areas, in full precision."""

from typing import Any

import numpy as np

from services.matching.engine.kernels.choosing import rank_key
from services.matching.engine.kernels.compiled import compiled
from services.matching.engine.kernels.exact import compare_meaning, compare_terms, judge, score_fit, score_tilt
from services.matching.engine.kernels.layout import Lines, RowArrays, TableArrays


@compiled
def measure_demands(
    demands: RowArrays, closed_at: Any, version: int, supplies: RowArrays, s: int, tables: TableArrays, lines: Lines,
    dense: Any, with_meaning: bool,
) -> tuple[Any, Any]:  # fmt: skip
    """
    Return facts (see ``choosing.measure``) and keys of every demand, its row as the rank; excluded ones have key 0.

    Without the meaning the facts are those of the first stage.
    """
    count = len(demands.money)
    facts, keys = np.zeros((count, 6)), np.zeros(count, dtype=np.int64)
    served = supplies.areas[supplies.area_starts[s] : supplies.area_starts[s + 1]]
    for d in range(count):
        if closed_at[d] <= version:
            continue
        inside = False
        for place in range(demands.area_starts[d], demands.area_starts[d + 1]):
            for area in served:
                inside = inside or area == demands.areas[place]
        severity = judge(demands, d, supplies, s, tables) if inside else 2.0
        if severity == 2:
            continue
        terms = compare_terms(demands, d, dense)
        meaning = lines.unknown
        if with_meaning and lines.meaning_slope != 0:
            meaning = compare_meaning(demands, d, supplies, s)
        fit = score_fit(demands, d, supplies, s, tables, lines, terms, meaning)
        tilt = min(score_tilt(demands, d, supplies, s, tables), lines.tilt_share * fit)
        facts[d] = np.array((terms, meaning, fit, tilt, fit + tilt, severity))
        keys[d] = rank_key(fit + tilt, severity == 1, d)
    return facts, keys
