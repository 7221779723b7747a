"""Pass over the whole market at one position, with several threads: match everything, or bound what prices allow."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.matching.engine.columns import DemandColumns, Doubles, Ints, Longs, Singles
from services.matching.engine.definition import POOL
from services.matching.engine.kernels.choosing import match_block
from services.matching.engine.kernels.counting import count_block
from services.matching.engine.kernels.layout import Scratch
from services.matching.engine.kernels.pricing import bound_block
from services.matching.engine.searching import Searcher
from services.matching.engine.snapshot import Snapshot
from services.matching.engine.tables import HELD
from services.matching.scoring.ranking import ROUND_UP_FROM, TOTAL_UNITS

_BLOCK = 256


@dataclass(frozen=True)
class Rematch:
    """The best k supplies of every demand: rows of ``supply_ids`` (-1 behind the last), totals, which are held."""

    position: int
    demand_ids: Any
    supply_ids: Any
    rows: Ints
    fit: Singles
    total: Doubles
    held: Any


def order_alike(demands: DemandColumns) -> Longs:
    """Return demands in an order in which neighbours look at the same supplies: these are then still in the cache."""
    return np.lexsort((*demands.classes[:, 4::-1].T,))


def rematch(searcher: Searcher, snapshot: Snapshot, *, k: int, threads: int, demands: range | None = None) -> Rematch:
    """Return the best k supplies of every demand; nothing may have come since the base was built."""
    base = snapshot.base
    shape = len(base.demands), k
    rows, fit = np.full(shape, -1, dtype=np.int32), np.zeros(shape, dtype=np.float32)
    total, held = np.zeros(shape, dtype=np.float64), np.zeros(shape, dtype=bool)

    def keep(asked: Longs, chosen: Ints, facts: Doubles) -> None:
        rows[asked], fit[asked], held[asked] = chosen, facts[:, :, 2], facts[:, :, 5] == HELD
        total[asked] = round_totals(facts[:, :, 4])

    asked = order_alike(base.demands)
    if demands is not None:
        asked = asked[(asked >= demands.start) & (asked < demands.stop)]
    _match(searcher, snapshot, asked, k, keep, threads)
    return Rematch(
        position=snapshot.position,
        demand_ids=base.demands.ids,
        supply_ids=base.segment.columns.ids,
        rows=rows,
        fit=fit,
        total=total,
        held=held,
    )


def list_best(searcher: Searcher, snapshot: Snapshot, asked: Longs, *, k: int, threads: int) -> tuple[Ints, Doubles]:
    """
    Return the best k supplies of some demands: rows of supplies (n, k), -1 behind the last, and facts (n, k, 6).

    The facts are terms, meaning, fit, tilt, total (unrounded) and severity; nothing may have come since the base was
    built.
    """
    rows, facts = np.full((len(asked), k), -1, dtype=np.int32), np.zeros((len(asked), k, 6))
    places = np.zeros(len(snapshot.base.demands), dtype=np.int64)
    places[asked] = np.arange(len(asked))

    def keep(share: Longs, chosen: Ints, numbers: Doubles) -> None:
        rows[places[share]], facts[places[share]] = chosen, numbers

    _match(searcher, snapshot, asked, k, keep, threads)
    return rows, facts


def count_gates(searcher: Searcher, snapshot: Snapshot, asked: Longs, *, threads: int) -> tuple[int, int]:
    """Return how many pairs of some demands are eligible and how many held; nothing may have come or gone."""
    base, counted = snapshot.base, []

    def work(share: Longs, _: Scratch) -> None:
        counts = np.zeros((len(share), 2), dtype=np.int64)
        count_block(share, base.segment.index, base.demand_rows, base.segment.rows, searcher.tables, counts)
        counted.append(counts.sum(axis=0))

    _sweep(searcher, snapshot, asked, work, threads)
    return sum(int(eligible) for eligible, _ in counted), sum(int(held) for _, held in counted)


def round_totals(totals: Doubles) -> Doubles:
    """Round totals to six digits as the reference does."""
    rounded: Doubles = np.floor(totals * TOTAL_UNITS + (1 - ROUND_UP_FROM)) / TOTAL_UNITS
    return rounded


def bound_nets(searcher: Searcher, snapshot: Snapshot, prices: Doubles, places: Longs, *, threads: int) -> Doubles:
    """
    Return for each demand a bound on the sum of its ``places`` largest positive totals − price over ALL supplies.

    The totals are those of the first stage, with the meaning unknown. ``prices`` are by row of the base's supplies,
    ``places`` by row of its demands; nothing may have come since the base was built.
    """
    base = snapshot.base
    by_slot = np.nextafter(prices[base.segment.index.supply].astype(np.float32), np.float32(-1))
    bounds = np.zeros(len(base.demands))

    def work(asked: Longs, scratch: Scratch) -> None:
        found = np.zeros(len(asked))
        bound_block(
            asked, base.segment.index, base.demand_rows, searcher.tables, searcher.lines, scratch, snapshot.version,
            by_slot, places, found,
        )  # fmt: skip
        bounds[asked] = found

    _sweep(searcher, snapshot, order_alike(base.demands), work, threads)
    return bounds


def _match(
    searcher: Searcher, snapshot: Snapshot, asked: Longs, k: int, keep: Callable[[Longs, Ints, Doubles], None],
    threads: int,
) -> None:  # fmt: skip
    """Find the best k of the demands asked for, and let them be kept share by share."""
    base = snapshot.base

    def work(share: Longs, scratch: Scratch) -> None:
        chosen, facts = np.empty((len(share), k), dtype=np.int32), np.zeros((len(share), k, 6))
        match_block(
            share, base.segment.index, base.demand_rows, base.segment.rows, searcher.tables, searcher.lines, scratch,
            snapshot.version, POOL, k, chosen, facts,
        )  # fmt: skip
        keep(share, chosen, facts)

    _sweep(searcher, snapshot, asked, work, threads)


def _sweep(
    searcher: Searcher, snapshot: Snapshot, asked: Longs, work: Callable[[Longs, Scratch], None], threads: int
) -> None:
    """Do work on every demand, in shares that the threads take by turns."""
    shares = [asked[start : start + _BLOCK] for start in range(0, len(asked), _BLOCK)]

    def take(first: int) -> None:
        scratch = searcher.make_scratch(snapshot.base.segment)
        for share in shares[first::threads]:
            work(share, scratch)

    with ThreadPoolExecutor(threads) as executor:
        list(executor.map(take, range(threads)))
