"""Policies as callers see them."""

import enum
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from services.matching.policies.models import DraftStatus
from services.matching.scoring.policy import Policy
from shared.free_text import FreeRemark, refuse_personal_data
from shared.schemas import Command, Reading


class PolicyRead(Reading):
    """A version of the matching policy (匹配政策) with weights, parameters and citations."""

    id: UUID
    version: str
    valid_from: date
    last_valid_on: date | None = Field(default=None, description="Inclusive; absent = until another version")
    document: dict[str, Any] = Field(description="Weights, caps, parameters, deadlines and citations")
    reviewed_at: datetime | None = Field(default=None, description="Absent where the version ships with the service")
    created_at: datetime


def _refuse_personal_data(document: Policy) -> Policy:
    refuse_personal_data(document.version)
    for told in (document.title, *document.citations.values()):
        refuse_personal_data(told.zh)
        refuse_personal_data(told.en)
    return document


class PolicyDraftCreate(Command):
    """A new version of the matching policy (匹配政策草案), whole, with the citation of every rule."""

    document: Annotated[Policy, AfterValidator(_refuse_personal_data)]


class ReviewDecision(enum.StrEnum):
    """What the second person decides."""

    APPROVE = "approve"
    RETURN = "return"


class PolicyReview(Command):
    """The decision of a second person (复核); a return says in ``note`` what must be mended."""

    decision: ReviewDecision
    note: FreeRemark | None = None


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
