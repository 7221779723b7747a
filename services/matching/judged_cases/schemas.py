"""A file of the judged-case format as it is exported, one page of demands at a time."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.matching.pairings.models import Side


class JudgedCaseFilter(BaseModel):
    """Which pairings are exported: by the legal days of their proposals, both included."""

    proposed_from: date | None = None
    proposed_until: date | None = None


class JudgedCase(BaseModel):
    """A demand, the supplies that were judged by their fit, and the order that follows from the answers."""

    id: str = Field(description="Of the demand")
    as_of: date = Field(description="The legal day of the last proposal: on it the case is judged")
    basis: str
    real_parts: str
    made_up_parts: str
    notes: str
    demand: dict[str, Any]
    pool: list[dict[str, Any]] = Field(description="Records of supply and organization, grade, reason and answers")
    expect: dict[str, Any]


class DataIssue(BaseModel):
    """A side ended a pairing because what is recorded is not so: a matter of the libraries, not of weights."""

    pairing_id: UUID
    demand_id: UUID
    supply_id: UUID
    organization_id: UUID
    side: Side | None = None
    reason: str = Field(description="A code of `decline_reason` or `fall_through_reason`")
    proposed_on: date


class JudgedCasesRead(BaseModel):
    """One page of the export: by itself a whole file for `make evaluate CASES=…`."""

    meta: dict[str, Any]
    organisations: dict[str, Any]
    cases: list[JudgedCase]
    tilt_cases: list[dict[str, Any]] = Field(default=[], description="Empty: answers compare supplies, not demands")
    data_issues: list[DataIssue]
    next_cursor: str | None = Field(default=None, description="Ask with this for the next page; absent on the last")
    total: int | None = Field(default=None, description="Of demands, only with `with_total=true`")
