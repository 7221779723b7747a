"""Runs as callers see them."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from shared.schemas import Reading


class RunCountsRead(Reading):
    """What a run counted."""

    demands: int = Field(description="Open demands")
    supplies: int = Field(description="Listed supplies")
    pairs: int
    excluded_pairs: int = Field(description="Pairs that the gates exclude")
    held_pairs: int = Field(description="Pairs that an officer would have to release")
    proposed: int = Field(description="Pairings that were pushed to both sides")
    on_hold: int = Field(description="Pairings that wait for an officer's release")


class RunRead(Reading):
    """A batch run (批量匹配)."""

    id: UUID
    operation_id: UUID
    begun_by: str
    as_of: date = Field(description="The legal day on which everything was judged")
    underway: bool
    policy_version: str | None = None
    model_hash: str | None = None
    input_hash: str | None = Field(default=None, description="SHA-256 over everything the run worked on")
    feed_cursors: dict[str, str] = Field(description="How far each neighbour's feed was read")
    counts: RunCountsRead | None = Field(default=None, description="Absent until it is finished")
    failure: str | None = None
    created_at: datetime
    finished_at: datetime | None = None
