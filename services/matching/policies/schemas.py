"""Policies as callers see them."""

import enum
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.matching.policies.models import DraftStatus
from services.matching.scoring.policy import Policy
from shared.schemas import Command, Reading, Remark


class PolicyRead(Reading):
    """A version of the matching policy (匹配政策) with weights, parameters and citations."""

    id: UUID
    version: str
    valid_from: date
    last_valid_on: date | None = Field(default=None, description="Inclusive; absent = until another version")
    document: dict[str, Any] = Field(description="Weights, caps, parameters, deadlines and citations")
    reviewed_at: datetime | None = Field(default=None, description="Absent where the version ships with the service")
    created_at: datetime


class PolicyDraftCreate(Command):
    """A new version of the matching policy (匹配政策草案), whole, with the citation of every rule."""

    document: Policy


class ReviewDecision(enum.StrEnum):
    """What the second person decides."""

    APPROVE = "approve"
    RETURN = "return"


class PolicyReview(Command):
    """The decision of a second person (复核); a return says in ``note`` what must be mended."""

    decision: ReviewDecision
    note: Remark | None = None


class PolicyDraftRead(Reading):
    """A draft of the matching policy (匹配政策草案); approved, it is the version of the same id."""

    id: UUID
    status: DraftStatus
    document: dict[str, Any]
    drafted_by: str
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    review_note: str | None = None
    created_at: datetime
