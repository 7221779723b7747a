"""Supplies and demands as columns: one contiguous array for each thing the kernels compare."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Singles = NDArray[np.float32]
Doubles = NDArray[np.float64]
Choice = NDArray[np.int64]

UNKNOWN_START = -(2**30)
UNKNOWN_END = 2**30
UNKNOWN_MONEY = -1.0


@dataclass(frozen=True)
class Ragged:
    """Rows of different length: the values of row i are ``values[starts[i]:starts[i + 1]]``."""

    starts: Longs
    values: Any

    @classmethod
    def of(cls, rows: Sequence[Any], kind: Any) -> "Ragged":
        """Lay rows one behind the other."""
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in rows], out=starts[1:])
        return cls(starts, np.fromiter(chain.from_iterable(rows), dtype=kind, count=int(starts[-1])))

    @classmethod
    def join(cls, parts: Sequence["Ragged"]) -> "Ragged":
        """Lay the rows of several one behind the other."""
        lengths = np.concatenate([np.diff(part.starts) for part in parts])
        starts = np.zeros(len(lengths) + 1, dtype=np.int64)
        np.cumsum(lengths, out=starts[1:])
        return cls(starts, np.concatenate([part.values for part in parts]))

    def take(self, rows: Choice) -> "Ragged":
        """Return some rows in the order given."""
        lengths = np.diff(self.starts)[rows]
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(lengths, out=starts[1:])
        places = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return Ragged(starts, self.values[places])


C = TypeVar("C", bound="_Columns")


@dataclass(frozen=True)
class _Columns:
    """What both sides have; ``classes`` holds the class in each part table."""

    ids: NDArray[Any]
    classes: Ints  # (n, 7)
    money: Doubles
    first_day: Ints
    last_day: Ints
    areas: Ragged
    terms: Ragged
    weights: Ragged
    meaning: NDArray[np.int16]  # (n, 512) in units of 1 / 32767, or (n, 0) where the policy gives the meaning no weight

    def __len__(self) -> int:
        return len(self.ids)

    def take(self: C, rows: Choice) -> C:
        """Return some rows in the order given."""
        taken: dict[str, Any] = {}
        for name in (item.name for item in fields(self)):
            column = getattr(self, name)
            taken[name] = column.take(rows) if isinstance(column, Ragged) else column[rows]
        return type(self)(**taken)

    @property
    def nbytes(self) -> int:
        """Return the memory of all arrays."""
        columns = [getattr(self, item.name) for item in fields(self)]
        arrays = [(one.starts, one.values) if isinstance(one, Ragged) else (one,) for one in columns]
        return sum(array.nbytes for some in arrays for array in some)


@dataclass(frozen=True)
class SupplyColumns(_Columns):
    """Supplies with their organizations; ``ties`` holds the tie-breakers, for purchases behind the usual ones."""

    record: Doubles  # (n, 2): usual, government purchase
    ties: Doubles


@dataclass(frozen=True)
class DemandColumns(_Columns):
    """Demands; ``people`` is the tilt that a demand has with every supply."""

    people: Doubles
    purchase: Ints
    codes: Ints  # how many division codes the place has or had


def join_columns(parts: Iterable[C]) -> C:
    """Lay columns one behind the other; there must be some."""
    some = list(parts)
    joined: dict[str, Any] = {}
    for name in (item.name for item in fields(some[0])):
        columns = [getattr(part, name) for part in some]
        joined[name] = Ragged.join(columns) if isinstance(columns[0], Ragged) else np.concatenate(columns)
    return type(some[0])(**joined)
