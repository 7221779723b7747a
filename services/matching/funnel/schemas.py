"""The funnel as it is asked for and told."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from services.matching.pairings.models import Side
from shared.contracts.codes import DeclineReason, FallThroughReason, FieldCode


class FunnelGroup(StrEnum):
    """By what a funnel is parted."""

    PREFECTURE = "prefecture"
    COUNTY = "county"
    FIELD = "field"
    ORGANIZATION = "organization"
    POLICY_VERSION = "policy_version"


class FunnelFilter(BaseModel):
    """Which of the caller's pairings are counted, and by what they are parted."""

    group_by: FunnelGroup | None = None
    division: str | None = None
    field: FieldCode | None = None
    organization_id: UUID | None = None
    policy_version: str | None = None
    proposed_from: date | None = None
    proposed_until: date | None = None


class FunnelCounts(BaseModel):
    """How many pairings came as far as each step, whatever became of them afterwards."""

    proposed: int
    pushed: int = Field(description="Shown to both sides: what is still on hold, or ended there, is not")
    in_talks: int
    confirmed: int
    started: int
    completed: int


class FunnelMedians(BaseModel):
    """The median time in days from the step before to each step, of those that took it."""

    pushed: float | None = None
    in_talks: float | None = None
    confirmed: float | None = None
    started: float | None = None
    completed: float | None = None


class DeclineCount(BaseModel):
    """How many pairings a side declined for a reason."""

    side: Side
    reason: DeclineReason
    count: int


class FallThroughCount(BaseModel):
    """How many agreed pairings a side reported as come to nothing, for a reason."""

    side: Side
    reason: FallThroughReason
    count: int


class Funnel(BaseModel):
    """A funnel (漏斗), its match success rate and why pairings ended."""

    counts: FunnelCounts
    success_rate: float | None = Field(
        default=None, description="对接成功率 = started / pushed, four digits; absent where nothing was pushed"
    )
    median_days: FunnelMedians
    declines: list[DeclineCount]
    fell_through: list[FallThroughCount]


class GroupFunnel(Funnel):
    """The funnel of one group."""

    key: str = Field(description="Code of the division or field, id of the organization, or version of the policy")
    name: str | None = Field(default=None, description="Of an organization, on the day of its last proposal")


class FunnelRead(BaseModel):
    """The funnel of what the caller sees, in all and by group, the best success rate first."""

    total: Funnel
    groups: list[GroupFunnel] = Field(description="At most 500; empty without `group_by`")
