"""A review: who decided what about which version of a demand or a supply."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from services.projects.db import Base
from services.projects.reviews.errors import ReturnNeedsNote
from shared.db import Identified


class SubjectKind(StrEnum):
    """What is reviewed."""

    DEMAND = "demand"
    SUPPLY = "supply"


class Decision(StrEnum):
    """What a review decides."""

    APPROVE = "approve"
    RETURN = "return"


class Review(Base, Identified):
    """One decision; it is never changed."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index("ix_reviews_subject", "subject_kind", "subject_id"),
        CheckConstraint("decision <> 'return' or note is not null", name="return_has_note"),
    )

    subject_kind: Mapped[SubjectKind]
    subject_id: Mapped[UUID]
    subject_version: Mapped[int]
    decision: Mapped[Decision]
    note: Mapped[str | None]
    reviewed_by: Mapped[str]
    reviewed_at: Mapped[datetime]

    def check(self) -> None:
        """
        Refuse a return that says nothing.

        :raises ReturnNeedsNote: if it has no note
        """
        if self.decision is Decision.RETURN and not self.note:
            raise ReturnNeedsNote(pointer="/note")
