"""Versions of the matching policy as rows that never change, and the drafts they come from."""

import enum
import json
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from services.matching.db import Base
from services.matching.policies.errors import PolicyDraftDecided, PolicyReturnNeedsNote, ReviewerIsDrafter
from services.matching.scoring.policy import Policy, parse_policy
from shared import clock
from shared.auth.principals import Principal
from shared.db import Identified, Versioned


class DraftStatus(enum.StrEnum):
    """State of a draft: who decides is never who drafted it."""

    DRAFT = "draft"
    APPROVED = "approved"
    RETURNED = "returned"


class PolicyVersion(Base, Identified):
    """One version: from when it holds, and the whole document with its citations."""

    __tablename__ = "policy_versions"

    version: Mapped[str] = mapped_column(unique=True)
    valid_from: Mapped[date]
    last_valid_on: Mapped[date | None]
    document: Mapped[dict[str, Any]]
    drafted_by: Mapped[str | None]  # both are absent where the version ships with the service
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    def read(self) -> Policy:
        """Return the policy as the scorer takes it."""
        return parse_policy(json.dumps(self.document))


class PolicyDraft(Base, Identified, Versioned):
    """A document that waits for a second person (四眼原则); approved, it becomes the version of the same id."""

    __tablename__ = "policy_drafts"

    document: Mapped[dict[str, Any]]
    status: Mapped[DraftStatus] = mapped_column(default=DraftStatus.DRAFT)
    drafted_by: Mapped[str]
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    review_note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    def read(self) -> Policy:
        """Return the policy as the scorer takes it."""
        return parse_policy(json.dumps(self.document))

    def decide(self, status: DraftStatus, *, by: Principal, note: str | None, at: datetime) -> None:
        """
        Let a second person approve or return it.

        :raises ReviewerIsDrafter: if the caller drafted it
        :raises PolicyDraftDecided: if it was decided before
        :raises PolicyReturnNeedsNote: if it is returned without a note
        """
        if by.has_signed(self.drafted_by):
            raise ReviewerIsDrafter
        if self.status is not DraftStatus.DRAFT:
            raise PolicyDraftDecided
        if status is DraftStatus.RETURNED and not note:
            raise PolicyReturnNeedsNote(pointer="/note")
        self.status, self.reviewed_by, self.reviewed_at, self.review_note = status, by.signature, at, note
