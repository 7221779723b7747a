"""A searchable segment: supplies as rows in full precision, and the area index over them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from services.matching.engine.columns import DemandColumns, Longs, SupplyColumns
from services.matching.engine.kernels.building import post_terms, size_directories
from services.matching.engine.kernels.layout import IndexArrays, RowArrays
from services.matching.engine.kernels.scanning import STRIPE

NEVER_CLOSED = np.iinfo(np.int32).max
MOST_SLOTS = 16_384  # the scores of a block stay in the cache of a core


@dataclass(frozen=True)
class Segment:
    """Supplies that can be searched; ``slots_of`` names the slots of each, to close them in place."""

    columns: SupplyColumns
    rows: RowArrays
    index: IndexArrays
    slots: Longs  # slots in the order of their supplies
    slot_starts: Longs

    def close(self, row: int, version: int) -> None:
        """Take a supply out of every answer from a version on."""
        self.index.closed_at[self.slots[self.slot_starts[row] : self.slot_starts[row + 1]]] = version

    def is_closed(self, row: int, version: int) -> bool:
        """Tell whether a supply is gone at a version; one that serves no place never shows and counts as there."""
        slots = self.slots[self.slot_starts[row] : self.slot_starts[row + 1]]
        return bool(len(slots) and self.index.closed_at[slots[0]] <= version)

    def list_open(self, version: int) -> Longs:
        """Return the supplies that are there at a version."""
        closed = self.index.supply[self.index.closed_at <= version]
        return np.setdiff1d(np.arange(len(self.columns)), closed)

    @property
    def nbytes(self) -> int:
        """Return the memory of all arrays."""
        return self.columns.nbytes + sum(int(array.nbytes) for array in self.index) + self.slots.nbytes

    @property
    def stripes(self) -> int:
        """Return how many stripes a scan of everything has at most."""
        return len(self.index.supply) // STRIPE + len(self.index.block_slots)


def build_segment(columns: SupplyColumns, *, term_count: int) -> Segment:
    """
    Build the index over supplies.

    :raises OverflowError: if a part has more classes than a number of sixteen bits can name
    """
    areas = columns.areas.values.astype(np.int64)
    owners = np.repeat(np.arange(len(columns)), np.diff(columns.areas.starts))
    tilt_pairs, tilt = np.unique(columns.classes[:, 3:5], axis=0, return_inverse=True)
    tilt = tilt.reshape(-1)
    alike = [columns.classes[owners, part] for part in (2, 1, 0)]
    order = np.lexsort((*alike, tilt[owners], areas))
    supply, areas = owners[order].astype(np.int32), areas[order]
    area_slots = np.searchsorted(areas, np.arange(areas.max(initial=-1) + 2))
    block_slots, area_blocks = _cut_blocks(area_slots)
    texts = (columns.terms.starts, columns.terms.values)
    hash_start, hash_mask = size_directories(block_slots, supply, *texts, term_count)
    # Made here, where numpy asks for huge pages: lists lie all over, and each jump would look up a small page first.
    directory = np.empty((hash_start[-1] + 1, 2), dtype=np.int32)
    postings = np.empty(int(np.diff(columns.terms.starts)[supply].sum()), dtype=np.uint32)
    written = np.empty(hash_mask.max(initial=0) + 1, dtype=np.int32)
    post_terms(block_slots, supply, *texts, columns.weights.values, hash_start, hash_mask, directory, postings, written)
    gate_pairs, gate = np.unique(columns.classes[:, 5:7], axis=0, return_inverse=True)
    index = IndexArrays(
        area_blocks, block_slots, hash_start, hash_mask, directory, postings,
        supply=supply,
        field=_name(columns.classes[supply, 0]),
        form=_name(columns.classes[supply, 1]),
        group=_name(columns.classes[supply, 2]),
        tilt=_name(tilt[supply]),
        gate=_name(gate.reshape(-1)[supply]),
        money=columns.money[supply].astype(np.float32),
        record=np.ascontiguousarray(columns.record[supply].T.astype(np.float32)),
        first_day=columns.first_day[supply].astype(np.float32),
        last_day=columns.last_day[supply].astype(np.float32),
        closed_at=np.full(len(supply), NEVER_CLOSED, dtype=np.int32),
        tilt_kind=np.ascontiguousarray(tilt_pairs[:, 0]),
        tilt_place=np.ascontiguousarray(tilt_pairs[:, 1]),
        gate_gate=np.ascontiguousarray(gate_pairs[:, 0]),
        gate_charter=np.ascontiguousarray(gate_pairs[:, 1]),
    )  # fmt: skip
    slots = np.argsort(supply, kind="stable")
    slot_starts = np.searchsorted(supply[slots], np.arange(len(columns) + 1))
    return Segment(columns, view_supplies(columns), index, slots, slot_starts)


def _name(classes: Any) -> Any:
    if classes.max(initial=0) > np.iinfo(np.uint16).max:
        raise OverflowError("more distinct combinations of codes than the index can name")
    return classes.astype(np.uint16)


def view_supplies(columns: SupplyColumns) -> RowArrays:
    """Return supplies as the kernels read them."""
    half = columns.ties.shape[1] // 2
    ranks = [_rank(columns, columns.ties[:, :half]), _rank(columns, columns.ties[:, half:])]
    nothing = np.zeros(0, dtype=np.int32)
    return RowArrays(
        **_share_arrays(columns), record=columns.record, tie_rank=np.stack(ranks), people=np.zeros(0),
        purchase=nothing, codes=nothing,
    )  # fmt: skip


def view_demands(columns: DemandColumns) -> RowArrays:
    """Return demands as the kernels read them."""
    return RowArrays(
        **_share_arrays(columns), record=np.zeros((0, 2)), tie_rank=np.zeros((2, 0), dtype=np.int64),
        people=columns.people, purchase=columns.purchase, codes=columns.codes,
    )  # fmt: skip


def _share_arrays(columns: SupplyColumns | DemandColumns) -> dict[str, Any]:
    return {
        "classes": columns.classes,
        "money": columns.money,
        "first_day": columns.first_day,
        "last_day": columns.last_day,
        "area_starts": columns.areas.starts,
        "areas": columns.areas.values,
        "term_starts": columns.terms.starts,
        "terms": columns.terms.values,
        "weights": columns.weights.values,
        "meaning": columns.meaning,
    }


def _rank(columns: SupplyColumns, ties: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> Longs:
    """Return each supply's place among equals: the tie-breakers, more before less, then its id."""
    by_id = np.argsort(columns.ids, kind="stable")
    keys = [-ties[by_id, place] for place in range(ties.shape[1] - 1, -1, -1)]
    order = by_id[np.lexsort(keys)] if keys else by_id
    ranks = np.empty(len(columns), dtype=np.int64)
    ranks[order] = np.arange(len(columns))
    return ranks


def _cut_blocks(area_slots: Longs) -> tuple[Longs, Longs]:
    """Cut areas into blocks of at most MOST_SLOTS; return the slots of the blocks and the blocks of the areas."""
    lengths = np.diff(area_slots)
    counts = -(-lengths // MOST_SLOTS)
    area_blocks = np.concatenate(([0], np.cumsum(counts)))
    inside = np.arange(area_blocks[-1]) - np.repeat(area_blocks[:-1], counts)
    starts = np.repeat(area_slots[:-1], counts) + inside * MOST_SLOTS
    return np.append(starts, area_slots[-1]).astype(np.int64), area_blocks.astype(np.int64)
