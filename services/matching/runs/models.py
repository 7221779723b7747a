"""A run as a record: on what it worked and what came of it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.db import Base
from shared import clock
from shared.db import Identified


class RunCounts(TypedDict):
    """What a run counted; a pair is one open demand and one listed supply."""

    demands: int
    supplies: int
    pairs: int
    excluded_pairs: int
    held_pairs: int
    proposed: int
    on_hold: int


class Run(Base, Identified):
    """A batch run; at most one is underway."""

    __tablename__ = "runs"
    __table_args__ = (Index("uq_runs_underway", "underway", unique=True, postgresql_where=text("underway")),)

    operation_id: Mapped[UUID]
    begun_by: Mapped[str]
    as_of: Mapped[date]
    underway: Mapped[bool] = mapped_column(default=True)
    policy_version: Mapped[str | None]
    model_hash: Mapped[str | None]
    input_hash: Mapped[str | None]
    feed_cursors: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counts: Mapped[dict[str, Any] | None]
    allocation: Mapped[dict[str, Any] | None]
    failure: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    finished_at: Mapped[datetime | None]

    def finish(
        self,
        *,
        policy_version: str,
        model_hash: str,
        input_hash: str,
        feed_cursors: dict[str, str],
        counts: RunCounts,
        allocation: Mapping[str, Any],
        at: datetime,
    ) -> None:
        """Record what the run worked on and what came of it."""
        self.policy_version, self.model_hash, self.input_hash = policy_version, model_hash, input_hash
        self.feed_cursors, self.counts, self.allocation = {**feed_cursors}, {**counts}, {**allocation}
        self.underway, self.finished_at = False, at

    def fail(self, cause: str, *, at: datetime) -> None:
        """Record why the run could not be done."""
        self.failure, self.underway, self.finished_at = cause, False, at
