"""The history of credit standing, annual checks and assessments: rows that are added and never changed."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.registry.credit.errors import (
    LastDayUnexpected,
    ListedDateMissing,
    ListedDateUnexpected,
    YearNotConcluded,
)
from services.registry.db import Base
from services.registry.organizations.errors import DateInFuture
from services.registry.organizations.models import Organization, Provenance
from shared.contracts.codes import AnnualCheckResult, AssessmentGrade, CreditStatus
from shared.db import Identified, Stamped


class SupervisionKind(StrEnum):
    """What a record of supervision is about (监督管理记录)."""

    CREDIT_STANDING = "credit_standing"
    ANNUAL_CHECK = "annual_check"
    ASSESSMENT = "assessment"


class SupervisionRecord(Base, Identified, Stamped, Provenance):
    """One recorded fact; the newest of its kind (and year) is in force, the earlier ones are its history."""

    __tablename__ = "supervision_records"
    __table_args__ = (
        Index("ix_supervision_records_organization_id_kind", "organization_id", "kind", "year", "id"),
        CheckConstraint("(kind = 'annual_check') = (year is not null)", name="year_of_annual_checks"),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    kind: Mapped[SupervisionKind]
    credit_status: Mapped[CreditStatus | None]
    listed_on: Mapped[date | None]
    year: Mapped[int | None]
    result: Mapped[AnnualCheckResult | None]
    grade: Mapped[AssessmentGrade | None]
    last_valid_on: Mapped[date | None]

    organization: Mapped[Organization] = relationship(lazy="raise")

    def check(self, *, today: date) -> None:
        """
        Refuse what contradicts itself or the calendar.

        :raises ListedDateMissing: if a list is named without its day
        :raises ListedDateUnexpected: if a normal standing names a day
        :raises YearNotConcluded: if the year of an annual check lies in the future
        :raises DateInFuture: if the day of the listing does
        :raises LastDayUnexpected: if no assessment has a last day
        """
        if self.credit_status is CreditStatus.NORMAL and self.listed_on:
            raise ListedDateUnexpected(pointer="/listed_on")
        if self.credit_status not in (None, CreditStatus.NORMAL) and self.listed_on is None:
            raise ListedDateMissing(pointer="/listed_on")
        if self.listed_on and self.listed_on > today:
            raise DateInFuture(pointer="/listed_on")
        if self.year and self.year > today.year:
            raise YearNotConcluded(pointer="path/year")
        if self.kind is SupervisionKind.ASSESSMENT and self.grade is None and self.last_valid_on:
            raise LastDayUnexpected(pointer="/last_valid_on")
        self.check_provenance(today=today)

    def put_in_force(self, organization: Organization) -> bool:
        """Let the organization show this fact, unless it is of an earlier year; tell whether that changed it."""
        if self.kind is SupervisionKind.CREDIT_STANDING:
            return organization.state({"credit_status": self.credit_status, "credit_listed_on": self.listed_on})
        if self.kind is SupervisionKind.ASSESSMENT:
            return organization.state({"assessment_grade": self.grade, "assessment_last_valid_on": self.last_valid_on})
        if (organization.annual_check_year or 0) > (self.year or 0):
            return False
        return organization.state({"annual_check_year": self.year, "annual_check_result": self.result})
