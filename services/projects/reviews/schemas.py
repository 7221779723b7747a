"""Reviews as officers and supervising units write and see them."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.projects.reviews.models import Decision, SubjectKind
from shared.free_text import FreeRemark
from shared.schemas import Command, Reading


class ReviewCreate(Command):
    """A decision about, or a comment on, the version named in If-Match."""

    subject_kind: SubjectKind
    subject_id: UUID
    decision: Decision = Field(description="`comment` is for supervising units alone, the others for offices")
    note: FreeRemark | None = Field(default=None, description="Needed for a return and a comment")


class ReviewRead(Reading):
    """A review (审核)."""

    id: UUID
    subject_kind: SubjectKind
    subject_id: UUID
    subject_version: int = Field(description="The version that was reviewed")
    decision: Decision
    note: str | None = None
    reviewed_by: str = Field(description="The reviewer's API client")
    reviewed_at: datetime
