"""The state of the engine at one position: what one answer sees, whatever is applied meanwhile."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from services.matching.engine.columns import DemandColumns, Ints, SupplyColumns, join_columns
from services.matching.engine.kernels.layout import RowArrays
from services.matching.engine.segment import NEVER_CLOSED, Segment, build_segment, view_demands


@dataclass(frozen=True)
class Base:
    """What was built as a whole; only ``closed_at`` of its rows and slots changes, for later versions alone."""

    segment: Segment
    demands: DemandColumns
    demand_rows: RowArrays
    demands_closed_at: Ints
    supply_numbers: Mapping[str, int]
    demand_numbers: Mapping[str, int]

    @classmethod
    def of(cls, supplies: SupplyColumns, demands: DemandColumns, *, term_count: int) -> "Base":
        """Build the index over supplies, and number both sides."""
        return cls(
            segment=build_segment(supplies, term_count=term_count),
            demands=demands,
            demand_rows=view_demands(demands),
            demands_closed_at=np.full(len(demands), NEVER_CLOSED, dtype=np.int32),
            supply_numbers={name: row for row, name in enumerate(supplies.ids)},
            demand_numbers={name: row for row, name in enumerate(demands.ids)},
        )

    def holds_supply(self, supply_id: str, version: int) -> bool:
        """Tell whether a supply is here and open at a version."""
        row = self.supply_numbers.get(supply_id)
        return row is not None and not self.segment.is_closed(row, version)

    def holds_demand(self, demand_id: str, version: int) -> bool:
        """Tell whether a demand is here and open at a version."""
        row = self.demand_numbers.get(demand_id)
        return row is not None and self.demands_closed_at[row] > version

    def take_open(self, version: int) -> tuple[SupplyColumns, DemandColumns]:
        """Return what is open at a version."""
        return (
            self.segment.columns.take(self.segment.list_open(version)),
            self.demands.take(np.flatnonzero(self.demands_closed_at > version)),
        )


@dataclass(frozen=True)
class Snapshot:
    """The base at a version, with what came since: each new supply and demand as columns of one row."""

    base: Base
    version: int
    position: int
    supplies: Mapping[str, SupplyColumns]
    demands: Mapping[str, DemandColumns]
    delta: Segment | None

    def find_demand(self, demand_id: str) -> tuple[RowArrays, int] | None:
        """Return where an open demand stands."""
        added = self.demands.get(demand_id)
        if added is not None:
            return view_demands(added), 0
        if self.base.holds_demand(demand_id, self.version):
            return self.base.demand_rows, self.base.demand_numbers[demand_id]
        return None

    def find_supply(self, supply_id: str) -> SupplyColumns | None:
        """Return an offered supply as columns of one row."""
        added = self.supplies.get(supply_id)
        if added is not None:
            return added
        if self.base.holds_supply(supply_id, self.version):
            row = np.array([self.base.supply_numbers[supply_id]])
            return self.base.segment.columns.take(row)
        return None

    def list_segments(self) -> Iterator[Segment]:
        """Yield what is to be searched."""
        yield self.base.segment
        if self.delta is not None:
            yield self.delta

    @cached_property
    def added_demands(self) -> DemandColumns | None:
        """Return the demands that came since, as columns."""
        return join_columns(self.demands.values()) if self.demands else None

    def merge(self) -> tuple[SupplyColumns, DemandColumns]:
        """Return everything that is open, as one."""
        supplies, demands = self.base.take_open(self.version)
        return join_columns([supplies, *self.supplies.values()]), join_columns([demands, *self.demands.values()])
