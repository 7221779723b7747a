"""Qualifications as they are submitted, reviewed and seen."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.registry.organizations.models import DataSource
from services.registry.organizations.schemas import Evidenced
from shared.contracts.codes import QualificationKind, QualificationStatus
from shared.free_text import FreeLine, FreeRemark
from shared.schemas import Command, Reading


class QualificationCreate(Evidenced):
    """A qualification (资质) submitted for review."""

    kind: QualificationKind
    held: bool = Field(default=True, description="False records that the organization does not have it")
    issuer: FreeLine | None = Field(default=None, description="Who granted it")
    certificate_number: FreeLine | None = None
    valid_from: date | None = None
    last_valid_on: date | None = Field(default=None, description="Inclusive; absent = no fixed end")


class QualificationReview(Command):
    """What the reviewer notes."""

    note: FreeRemark | None = None


class QualificationRead(Reading):
    """A qualification (资质) in its state."""

    id: UUID
    organization_id: UUID
    kind: QualificationKind
    status: QualificationStatus
    held: bool
    issuer: str | None = None
    certificate_number: str | None = None
    valid_from: date | None = None
    last_valid_on: date | None = None
    source: DataSource
    as_of: date
    evidence: str | None = Field(default=None, description="Only for officials and the organization itself")
    reviewed_at: datetime | None = None
    review_note: str | None = Field(default=None, description="Only for officials and the organization itself")
    created_at: datetime
    version: int = Field(description="The number in the ETag")
