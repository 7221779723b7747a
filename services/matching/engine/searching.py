"""Ask a snapshot: the best supplies of one demand or of all, and the best demands of a supply."""

from collections.abc import Sequence
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from services.matching.engine.columns import DemandColumns, Doubles, Ints, SupplyColumns, join_columns
from services.matching.engine.definition import POOL, Definition
from services.matching.engine.kernels.choosing import choose_pool, match_block, measure
from services.matching.engine.kernels.exact import compare_meanings, scatter
from services.matching.engine.kernels.inverse import measure_demands
from services.matching.engine.kernels.layout import Lines, RowArrays, Scratch, TableArrays
from services.matching.engine.segment import Segment, view_demands, view_supplies
from services.matching.engine.snapshot import Snapshot
from services.matching.engine.tables import HELD, Tables
from services.matching.scoring.fit import UNKNOWN
from services.matching.scoring.ranking import round_total

TALLY = 4_096
"""Places in which the totals of stripes are counted, a thousandth each: none reaches four."""
TERMS_AT_ONCE = 256
_Sorted = tuple[tuple[object, ...], "Found"]


class Found(NamedTuple):
    """A pair among the best: the numbers of its explanation and its total as the reference rounds it."""

    demand_id: str
    supply_id: str
    status: str  # eligible or held
    terms: float
    meaning: float
    fit: float
    tilt: float
    total: float


class Searcher:
    """Searches with the tables of a moment."""

    def __init__(self, definition: Definition, tables: Tables, *, term_count: int) -> None:
        self.lines = make_lines(definition)
        self.tables = TableArrays(*tables)
        self._term_count = term_count

    def make_scratch(self, segment: Segment) -> Scratch:
        """Return memory for one thread."""
        scratch = Scratch(*(np.zeros(size, dtype=np.float32) for size in self._list_sizes(segment)))
        whole = {name: getattr(scratch, name).astype(np.int32) for name in ("maxima", "tally", "found")}
        return scratch._replace(**whole)

    def fits(self, scratch: Scratch, segment: Segment) -> bool:
        """Tell whether memory is large enough for a segment."""
        return all(len(array) >= size for array, size in zip(scratch, self._list_sizes(segment), strict=True))

    def _list_sizes(self, segment: Segment) -> list[int]:
        index = segment.index
        sizes = [self._term_count, len(index.supply), segment.stripes, TALLY, TERMS_AT_ONCE]
        sizes += [table.shape[1] for table in self.tables[:3]]
        return [max(1, size) for size in (*sizes, len(index.tilt_kind), len(index.gate_gate))]

    def find_supplies(
        self, snapshot: Snapshot, demands: RowArrays, row: int, demand_id: str, k: int, scratches: dict[int, Scratch]
    ) -> list[Found]:
        """Return the best k supplies of a demand; ``scratches`` keeps memory for the same thread."""
        if snapshot.delta is None:
            return self._find_in_base(snapshot, demands, row, demand_id, k, scratches)
        pool: list[tuple[_Sorted, Segment, int]] = []
        purchase = int(demands.purchase[row])
        size = POOL if self.lines.meaning_slope else k
        first_look = self.lines._replace(meaning_slope=0.0)
        for segment in snapshot.list_segments():
            scratch = scratches.get(id(segment)) or scratches.setdefault(id(segment), self.make_scratch(segment))
            scatter(demands, row, scratch.dense, True)
            rows, _, _ = choose_pool(
                segment.index, demands, row, segment.rows, self.tables, self.lines, scratch, snapshot.version, size
            )
            nears = compare_meanings(demands, row, segment.rows, rows, first_look)
            facts, _ = measure(demands, row, segment.rows, rows, nears, self.tables, first_look, scratch.dense)
            scatter(demands, row, scratch.dense, False)
            named = _name_supplies(segment.columns, rows, facts, demand_id, purchase)
            pool += [(one, segment, int(place)) for one, place in zip(named, rows, strict=True)]
        if self.lines.meaning_slope:
            pool = self._look_again(sorted(pool, key=lambda one: one[0][0])[:POOL], demands, row, demand_id, scratches)
        return [found for (_, found), _, _ in sorted(pool, key=lambda one: one[0][0])[:k]]

    def find_demands(self, snapshot: Snapshot, supply: SupplyColumns, k: int) -> list[Found]:
        """Return the best k demands of a supply, by the same two stages over the demands."""
        base = snapshot.base
        parts: list[tuple[DemandColumns, RowArrays, Ints]] = [(base.demands, base.demand_rows, base.demands_closed_at)]
        if (added := snapshot.added_demands) is not None:
            parts.append((added, view_demands(added), np.full(len(added), snapshot.version + 1, dtype=np.int32)))
        rows, dense = view_supplies(supply), np.zeros(max(1, self._term_count), dtype=np.float32)
        scatter(rows, 0, dense, True)
        pool: list[tuple[_Sorted, DemandColumns, int]] = []
        size = POOL if self.lines.meaning_slope else k
        for columns, demands, closed_at in parts:
            facts, keys = measure_demands(
                demands, closed_at, snapshot.version, rows, 0, self.tables, self.lines, dense, False
            )
            best = _choose_lowest(keys, columns.ids, size)
            pool += [(_name_demand(columns, d, facts[d], supply), columns, int(d)) for d in best]
        pool.sort(key=lambda one: one[0][0])
        if self.lines.meaning_slope:
            again = [(columns, d) for _, columns, d in pool[:POOL]]
            chosen = join_columns([columns.take(np.array([d])) for columns, d in again]) if again else None
            pool = []
            if chosen is not None:
                open_ones = np.full(len(chosen), snapshot.version + 1, dtype=np.int32)
                facts, _ = measure_demands(
                    view_demands(chosen), open_ones, snapshot.version, rows, 0, self.tables, self.lines, dense, True
                )
                pool = [(_name_demand(chosen, d, facts[d], supply), chosen, d) for d in range(len(chosen))]
        return [found for (_, found), _, _ in sorted(pool, key=lambda one: one[0][0])[:k]]

    def _find_in_base(
        self, snapshot: Snapshot, demands: RowArrays, row: int, demand_id: str, k: int, scratches: dict[int, Scratch]
    ) -> list[Found]:
        """Do for one demand what a run does for all."""
        base = snapshot.base.segment
        scratch = scratches.get(id(base)) or self.make_scratch(base)
        rows, facts = np.empty((1, k), dtype=np.int32), np.empty((1, k, 6))
        match_block(
            np.array([row]), base.index, demands, base.rows, self.tables, self.lines, scratch, snapshot.version,
            POOL, k, rows, facts,
        )  # fmt: skip
        known = int(np.count_nonzero(rows[0] >= 0))
        return _find_all(facts[0, :known], demand_id, base.columns.ids[rows[0, :known]].tolist())

    def _look_again(
        self, pool: list[tuple[_Sorted, Segment, int]], demands: RowArrays, row: int, demand_id: str,
        scratches: dict[int, Scratch],
    ) -> list[tuple[_Sorted, Segment, int]]:  # fmt: skip
        again: list[tuple[_Sorted, Segment, int]] = []
        for segment in {id(segment): segment for _, segment, _ in pool}.values():
            dense = scratches[id(segment)].dense
            rows = np.array([place for _, other, place in pool if other is segment], dtype=np.int64)
            scatter(demands, row, dense, True)
            nears = compare_meanings(demands, row, segment.rows, rows, self.lines)
            facts, _ = measure(demands, row, segment.rows, rows, nears, self.tables, self.lines, dense)
            scatter(demands, row, dense, False)
            named = _name_supplies(segment.columns, rows, facts, demand_id, int(demands.purchase[row]))
            again += [(one, segment, int(place)) for one, place in zip(named, rows, strict=True)]
        return again


def make_lines(definition: Definition) -> Lines:
    """Return the straight parts as the kernels read them."""
    text, budget, time = definition.text, definition.budget, definition.time
    return Lines(
        text.low, text.high - text.low, definition.meaning_slope, UNKNOWN, definition.no_money,
        budget.unknown, budget.low, budget.high - budget.low, time.unknown, time.low, time.high - time.low,
        definition.tilt_share,
    )  # fmt: skip


def _find_all(facts: Doubles, demand_id: str, supply_ids: Sequence[str]) -> list[Found]:
    """Do what ``_find`` does for many supplies of a demand at once."""
    terms, meanings, fits, tilts, totals, severities = facts.T.tolist()
    statuses = ["held" if severity == HELD else "eligible" for severity in severities]
    rounded = map(round_total, totals)
    named = zip(repeat(demand_id), supply_ids, statuses, terms, meanings, fits, tilts, rounded, strict=False)
    return list(map(Found._make, named))


def _find(facts: Sequence[float], demand_id: str, supply_id: str) -> Found:
    terms, meaning, fit, tilt, total, severity = facts
    return Found(
        demand_id, supply_id, "held" if severity == HELD else "eligible", terms, meaning, fit, tilt, round_total(total)
    )


def _name_supplies(columns: SupplyColumns, rows: Any, facts: Doubles, demand_id: str, purchase: int) -> list[_Sorted]:
    half = columns.ties.shape[1] // 2
    named = []
    for row, numbers in zip(rows, facts, strict=True):
        found = _find(numbers.tolist(), demand_id, str(columns.ids[row]))
        ties = (-columns.ties[row, purchase * half : (purchase + 1) * half]).tolist()
        named.append(((found.status != "eligible", -found.total, *ties, found.supply_id), found))
    return named


def _name_demand(columns: DemandColumns, d: int, facts: Any, supply: SupplyColumns) -> _Sorted:
    found = _find(facts.tolist(), str(columns.ids[d]), str(supply.ids[0]))
    half = supply.ties.shape[1] // 2
    purchase = int(columns.purchase[d])
    ties = (-supply.ties[0, purchase * half : (purchase + 1) * half]).tolist()
    return (found.status != "eligible", -found.total, *ties, found.supply_id, found.demand_id), found


def _choose_lowest(keys: Any, ids: Any, size: int) -> Any:
    """Return the rows of the lowest keys, and of all that tie with the last of them (ids decide later)."""
    known = np.flatnonzero(keys)
    if len(known) <= size:
        return known
    totals = keys[known] >> 32
    return known[totals <= np.partition(totals, size - 1)[size - 1]]
