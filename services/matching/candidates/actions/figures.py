"""The figures of the market in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

State = Literal["none", "building", "answering", "rebuilding"]


@dataclass(frozen=True)
class Position:
    """Up to which events of the neighbours' feeds an answer is true, and on which legal day."""

    as_of: date
    registry: str | None = None
    projects: str | None = None

    @classmethod
    def of(cls, as_of: date, cursors: Mapping[str, str]) -> "Position":
        """Return the position of a market."""
        return cls(as_of, registry=cursors.get("registry"), projects=cursors.get("projects"))


@dataclass(frozen=True, kw_only=True)
class MarketFigures:
    """What operators want to know of the market in memory; most is missing while there is none."""

    state: State
    size: int
    demands: int | None = None
    supplies: int | None = None
    added: int | None = None
    memory_bytes: int | None = None
    as_of_position: Position | None = None
    policy_version: str | None = None
    built_at: datetime | None = None
    build_seconds: float | None = None
    looked_at: datetime | None = None
    lag_seconds: float | None = None
