"""Runs as callers see them."""

from datetime import date, datetime
from typing import Literal
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


class FloorsRead(Reading):
    """Fairness floors (公平底线) of the policy, and what they cost."""

    counties: int = Field(description="Counties with open demands to which the policy promises a floor")
    kept: int = Field(description="Those that have it, by this run or by what is underway")
    unmet_counties: list[str] = Field(description="Those that cannot have it: no candidate is free for them")
    price: float = Field(description="What the floors cost in total score")


class StageRead(Reading):
    """How well places were given to one kind of pairs."""

    candidates: int = Field(description="Pairs from the policy's threshold on, at most the best fifty of a demand")
    chosen: int
    total: float = Field(description="Total score of the chosen pairs")
    bound: float = Field(description="No allocation among the candidates has a higher total")
    gap: float = Field(description="Share of the bound that is missing at most, floors aside")
    gap_over_all_pairs: float | None = Field(
        default=None,
        description="The same over all pairs, not only the best of each demand; in a large market a pair outside the"
        " best 200 of its demand counts by its score without the meaning of the texts, and null says that held pairs"
        " outside them were not looked at",
    )
    organizations_at_limit: int = Field(description="Organizations that had as many as they may")
    floors: FloorsRead


class CoverageRead(Reading):
    """Whom the pairs reach; a place is served by a pair of this run or by one underway."""

    demands: int
    served_demands: int
    counties: int
    served_counties: int
    unserved_counties: list[str] = Field(description="County codes, at most 200")
    villages: int
    served_villages: int
    unserved_villages: list[str] = Field(description="Village codes, at most 200")
    key_county_share: float = Field(description="Share of the chosen pairs in counties with a floor")
    organizations: int = Field(description="Organizations among the chosen pairs")
    largest_organizations_share: float = Field(description="Share of the five with most pairs")


class ChurnRead(Reading):
    """What changed since the last run."""

    previous_run_id: UUID | None = None
    kept: int = Field(description="Pairs of the last run that still stand or are chosen again")
    new: int
    gone: int = Field(description="Pairs of the last run that ended and are not chosen again")


class AllocationRead(Reading):
    """How scarce places were given (名额分配), as planned; what closed meanwhile was left out when it was stored."""

    mode: Literal["optimal", "stable"] = Field(description="Highest total score, or no two who would rather swap")
    eligible: StageRead = Field(description="The pairs that nobody has to release; they come first")
    held: StageRead = Field(description="The pairs that wait for an officer; they get what is left")
    coverage: CoverageRead
    churn: ChurnRead


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
    allocation: AllocationRead | None = Field(default=None, description="Absent until it is finished")
    failure: str | None = None
    created_at: datetime
    finished_at: datetime | None = None
