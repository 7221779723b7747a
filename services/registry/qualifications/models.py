"""Qualifications and the one table of their states; unknown is the absence of a row, never a refusal."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import cast
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.db import Base
from services.registry.organizations.models import Organization, Provenance
from services.registry.qualifications.errors import PeriodReversed, QualificationStepNotAllowed, ReviewerIsSubmitter
from shared.auth.principals import Principal
from shared.contracts.codes import QualificationKind, QualificationStatus
from shared.contracts.registry import QualificationSnapshot
from shared.db import Identified, Stamped, Versioned


class QualificationStep(StrEnum):
    """What can happen to a qualification."""

    VERIFY = "verify"
    REJECT = "reject"
    EXPIRE = "expire"
    REVOKE = "revoke"


QUALIFICATION_STEPS: Mapping[tuple[QualificationStatus, QualificationStep], QualificationStatus] = {
    (QualificationStatus.SUBMITTED, QualificationStep.VERIFY): QualificationStatus.VERIFIED,
    (QualificationStatus.SUBMITTED, QualificationStep.REJECT): QualificationStatus.REJECTED,
    (QualificationStatus.VERIFIED, QualificationStep.EXPIRE): QualificationStatus.EXPIRED,
    (QualificationStatus.VERIFIED, QualificationStep.REVOKE): QualificationStatus.REVOKED,
}
"""Every step that is allowed: submitted → verified | rejected; verified → expired | revoked."""


class Qualification(Base, Identified, Versioned, Stamped, Provenance):
    """A qualification (资质) of an organization; ``held`` False records that it does not have it."""

    __tablename__ = "qualifications"
    __table_args__ = (
        Index("ix_qualifications_organization_id_kind", "organization_id", "kind"),
        Index(
            "uq_qualifications_submitted", "organization_id", "kind", unique=True,
            postgresql_where=text("status = 'submitted'"),
        ),
        Index("ix_qualifications_last_valid_on", "last_valid_on", postgresql_where=text("status = 'verified'")),
    )  # fmt: skip

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    kind: Mapped[QualificationKind]
    status: Mapped[QualificationStatus]
    held: Mapped[bool] = mapped_column(default=True)
    issuer: Mapped[str | None]
    certificate_number: Mapped[str | None]
    valid_from: Mapped[date | None]
    last_valid_on: Mapped[date | None]
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    review_note: Mapped[str | None]

    def check_period(self) -> None:
        """
        Refuse a period that ends before it begins.

        :raises PeriodReversed: if it does
        """
        if self.valid_from and self.last_valid_on and self.last_valid_on < self.valid_from:
            raise PeriodReversed(pointer="/last_valid_on")

    def take_step(self, step: QualificationStep) -> None:
        """
        Change the state as the table of steps allows.

        :raises QualificationStepNotAllowed: if the table has no such step from here
        """
        following = QUALIFICATION_STEPS.get((self.status, step))
        if following is None:
            raise QualificationStepNotAllowed(status=self.status.value)
        self.status = following

    def review(self, step: QualificationStep, *, by: Principal, note: str | None, at: datetime) -> None:
        """
        Let an officer verify, reject or revoke it.

        :raises ReviewerIsSubmitter: if the officer submitted it
        :raises QualificationStepNotAllowed: if the state does not allow it
        """
        if by.has_signed(self.recorded_by):
            raise ReviewerIsSubmitter
        self.take_step(step)
        self.reviewed_by, self.reviewed_at, self.review_note = by.signature, at, note
        if step is QualificationStep.VERIFY:
            self.verified_by = by.signature

    def has_begun(self, *, today: date) -> bool:
        """Tell whether its period has begun; without a first day it stands from its verification on."""
        return self.valid_from is None or self.valid_from <= today

    def replaces(self, former: "Qualification", *, today: date) -> bool:
        """
        Tell whether it ends another verified one of its kind.

        One in force ends whatever began before it; a renewal to come leaves what is in force alone until its first
        day, and one whose period is over ends nothing.
        """
        both_stand = former is not self and former.kind is self.kind and former.status is QualificationStatus.VERIFIED
        if not both_stand or self.is_past(today=today):
            return False
        if self.has_begun(today=today):
            return former.has_begun(today=today)
        return former.valid_from == self.valid_from

    def is_past(self, *, today: date) -> bool:
        """Tell whether its last valid day is over."""
        return self.last_valid_on is not None and self.last_valid_on < today

    def is_overdue(self, *, today: date) -> bool:
        """Tell whether it stands as verified though its last valid day is past."""
        return self.is_past(today=today) and self.status is QualificationStatus.VERIFIED

    def snapshot(self) -> QualificationSnapshot:
        """Return the qualification as its contract says."""
        return QualificationSnapshot(
            kind=self.kind,
            status=self.status,
            held=self.held,
            issuer=self.issuer,
            valid_from=self.valid_from,
            last_valid_on=self.last_valid_on,
        )


def qualifications_of(organization: Organization) -> list[Qualification]:
    """Return the qualifications of an organization that was read whole, oldest first."""
    return cast(list[Qualification], organization.qualifications)
