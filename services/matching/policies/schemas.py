"""Policies as callers see them."""

import enum
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field

from services.matching.policies.models import DraftStatus
from services.matching.scoring.policy import Policy, complete_document
from shared.free_text import FreeRemark, refuse_personal_data
from shared.schemas import Command, Reading

Document = Annotated[Policy, BeforeValidator(complete_document)]
"""A stored document; what was no data when it was stored is told as it held then."""


class PolicyRead(Reading):
    """A version of the matching policy (匹配政策): every rule with its citation."""

    id: UUID
    version: str
    valid_from: date
    last_valid_on: date | None = Field(default=None, description="Inclusive; absent = until another version")
    document: Document = Field(description="Gates, weights, caps, parameters, deadlines and the citation of each rule")
    reviewed_at: datetime | None = Field(default=None, description="Absent where the version ships with the service")
    created_at: datetime


def _refuse_personal_data(document: Policy) -> Policy:
    refuse_personal_data(document.version)
    gates = (told for rule in document.gates.values() for told in (rule.message, rule.remedy, rule.citation))
    for told in (document.title, *document.citations.values(), *gates):
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
    document: Document
    drafted_by: str
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    review_note: str | None = None
    created_at: datetime
