"""A review: who decided, or remarked, what about which version of a demand or a supply."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from services.projects.db import Base
from services.projects.reviews.errors import CommentNeedsNote, ReturnNeedsNote
from shared.db import Identified


class SubjectKind(StrEnum):
    """What is reviewed."""

    DEMAND = "demand"
    SUPPLY = "supply"


class Decision(StrEnum):
    """What a review decides; a comment (业务主管单位 意见) decides nothing."""

    APPROVE = "approve"
    RETURN = "return"
    COMMENT = "comment"


class Review(Base, Identified):
    """One decision or comment; it is never changed."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index("ix_reviews_subject", "subject_kind", "subject_id"),
        CheckConstraint("decision <> 'return' or note is not null", name="return_has_note"),
        CheckConstraint("decision <> 'comment' or note is not null", name="comment_has_note"),
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
        Refuse a return or a comment that says nothing.

        :raises ReturnNeedsNote: if a return has no note
        :raises CommentNeedsNote: if a comment has none
        """
        if self.decision is Decision.COMMENT and not self.note:
            raise CommentNeedsNote(pointer="/note")
        if self.decision is Decision.RETURN and not self.note:
            raise ReturnNeedsNote(pointer="/note")
