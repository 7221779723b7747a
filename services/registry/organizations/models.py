"""Organizations, the source of what is recorded of them, and the one table of enrolment steps."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.registry.db import Base
from services.registry.organizations.errors import (
    CategoryContradictsType,
    CreditCodeMissing,
    DateInFuture,
    EnrolmentNotAllowed,
    EvidenceMissing,
    FundraiserIsSelf,
    RecordDivisionContradicts,
)
from shared.auth.errors import OutOfScope
from shared.auth.principals import Principal
from shared.china.divisions import NATIONAL, scope_prefix
from shared.china.uscc import fits_organization_type
from shared.contracts.codes import (
    AnnualCheckResult,
    AssessmentGrade,
    CreditStatus,
    EnrolmentStatus,
    OrganizationLevel,
    OrganizationType,
    PartyCoverageMode,
    QualificationKind,
    QualificationStatus,
    RegistrationStatus,
)
from shared.contracts.registry import (
    ORGANIZATION_CHANGED,
    AnnualCheckSnapshot,
    AssessmentSnapshot,
    OrganizationSnapshot,
    QualificationSnapshot,
)
from shared.db import Identified, Stamped, Versioned


class DataSource(StrEnum):
    """Where a recorded fact comes from (数据来源); one source per fact (一数一源)."""

    MIRRORED = "mirrored"
    IMPORTED = "imported"
    REPORTED = "reported"


class EnrolmentStep(StrEnum):
    """What can happen to an enrolment (入驻)."""

    ACTIVATE = "activate"
    SUSPEND = "suspend"
    LEAVE = "leave"


ENROLMENT_STEPS: Mapping[tuple[EnrolmentStatus, EnrolmentStep], EnrolmentStatus] = {
    (EnrolmentStatus.PENDING, EnrolmentStep.ACTIVATE): EnrolmentStatus.ACTIVE,
    (EnrolmentStatus.ACTIVE, EnrolmentStep.SUSPEND): EnrolmentStatus.SUSPENDED,
    (EnrolmentStatus.SUSPENDED, EnrolmentStep.ACTIVATE): EnrolmentStatus.ACTIVE,
    (EnrolmentStatus.SUSPENDED, EnrolmentStep.LEAVE): EnrolmentStatus.LEFT,
}
"""Every step that is allowed: pending → active ⇄ suspended → left; leaving goes by way of a suspension."""


class Provenance:
    """Says of a recorded fact where it comes from, as of when, on what evidence, and who checked and entered it."""

    source: Mapped[DataSource] = mapped_column(sort_order=800)
    as_of: Mapped[date] = mapped_column(sort_order=801)
    evidence: Mapped[str | None] = mapped_column(sort_order=802)
    verified_by: Mapped[str | None] = mapped_column(sort_order=803)
    recorded_by: Mapped[str] = mapped_column(sort_order=804)

    def check_provenance(self, *, today: date) -> None:
        """
        Refuse a fact of the future, and one of another source than the organization's own word without evidence.

        :raises DateInFuture: if the fact is dated after today
        :raises EvidenceMissing: if a mirrored or imported fact names none
        """
        if self.as_of > today:
            raise DateInFuture(pointer="/as_of")
        if self.source is not DataSource.REPORTED and not self.evidence:
            raise EvidenceMissing(pointer="/evidence")


class QualificationPart(Protocol):
    """A qualification as far as the organization needs it: for its snapshot."""

    @property
    def kind(self) -> QualificationKind:
        """The kind, of which one is in force at any moment."""
        ...

    def snapshot(self) -> QualificationSnapshot:
        """Return the qualification as the contract says."""
        ...


class Organization(Base, Identified, Versioned, Stamped, Provenance):
    """
    An organization (社会组织), or another participant, as registry keeps it.

    The columns of credit, annual check and assessment hold what is in force; their history is in ``credit``.
    """

    __tablename__ = "organizations"
    __table_args__ = (
        UniqueConstraint("credit_code", name="uq_organizations_credit_code"),
        CheckConstraint("credit_code ~ '^[0-9A-Z]{18}$'", name="credit_code_has_18_characters"),
        CheckConstraint("fundraiser_id <> id", name="fundraiser_is_another"),
        CheckConstraint("credit_status = 'normal' or credit_listed_on is not null", name="listed_since"),
        Index(
            "uq_organizations_filed", "name", "registered_division", unique=True,
            postgresql_where=text("credit_code is null"),
        ),
        Index(
            "ix_organizations_record_division", "record_division",
            postgresql_ops={"record_division": "text_pattern_ops"},
        ),
        Index("ix_organizations_name", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
        Index("ix_organizations_source_number", "source_number"),
    )  # fmt: skip
    event_type: ClassVar[str] = ORGANIZATION_CHANGED

    name: Mapped[str]
    credit_code: Mapped[str | None]
    source_number: Mapped[str | None]
    type: Mapped[OrganizationType]
    level: Mapped[OrganizationLevel]
    is_legal_person: Mapped[bool]
    registered_division: Mapped[str]
    record_division: Mapped[str]
    registrar: Mapped[str | None]
    supervising_unit: Mapped[str | None]
    charter_scope: Mapped[str | None]
    founded_on: Mapped[date | None]
    registration_status: Mapped[RegistrationStatus]
    enrolment_status: Mapped[EnrolmentStatus] = mapped_column(default=EnrolmentStatus.PENDING)
    enrolment_reason: Mapped[str | None]
    left_at: Mapped[datetime | None]
    party_coverage_mode: Mapped[PartyCoverageMode | None]
    full_time_staff: Mapped[int | None]
    social_workers: Mapped[int | None]
    remark: Mapped[str | None]
    credit_status: Mapped[CreditStatus] = mapped_column(default=CreditStatus.NORMAL)
    credit_listed_on: Mapped[date | None]
    annual_check_year: Mapped[int | None]
    annual_check_result: Mapped[AnnualCheckResult | None]
    assessment_grade: Mapped[AssessmentGrade | None]
    assessment_last_valid_on: Mapped[date | None]
    fundraiser_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"), index=True)

    fundraiser: Mapped["Organization | None"] = relationship(lazy="raise", remote_side="Organization.id")
    # Named, not imported: the feature of qualifications stands above this one.
    qualifications: Mapped[list[QualificationPart]] = relationship(
        "Qualification", lazy="raise", order_by="Qualification.id"
    )

    def check_identity(self, *, today: date) -> None:
        """
        Refuse a credit code that contradicts the type, a missing one, and a founding day to come.

        :raises CreditCodeMissing: if it is no filed community organization and has none
        :raises CategoryContradictsType: if the first two characters belong to another type (GB 32100)
        :raises DateInFuture: if it is founded after today
        """
        if self.credit_code is None:
            if self.type is not OrganizationType.COMMUNITY_ORGANIZATION:
                raise CreditCodeMissing(pointer="/credit_code")
        elif not fits_organization_type(self.credit_code, self.type):
            raise CategoryContradictsType(pointer="/credit_code")
        if self.founded_on and self.founded_on > today:
            raise DateInFuture(pointer="/founded_on")

    def take_step(self, step: EnrolmentStep, *, reason: str | None, at: datetime) -> None:
        """
        Change the enrolment as the table of steps allows.

        :raises EnrolmentNotAllowed: if the table has no such step from here
        """
        following = ENROLMENT_STEPS.get((self.enrolment_status, step))
        if following is None:
            raise EnrolmentNotAllowed(status=self.enrolment_status.value)
        self.enrolment_status, self.enrolment_reason, self.updated_at = following, reason, at
        # Its record may change afterwards, and what is kept of persons goes in time all the same.
        self.left_at = at if following is EnrolmentStatus.LEFT else None

    def cooperate_with(self, fundraiser: "Organization | None") -> None:
        """
        Name the fund-raiser that raises and books the money (募方), or none.

        :raises FundraiserIsSelf: if it is the organization itself
        """
        if fundraiser is not None and fundraiser.id == self.id:
            raise FundraiserIsSelf(pointer="/fundraiser_id")
        self.fundraiser = fundraiser

    def state(self, values: Mapping[str, Any]) -> bool:
        """Set the values that differ, and tell whether any did."""
        differing = {name: value for name, value in values.items() if getattr(self, name) != value}
        for name, value in differing.items():
            setattr(self, name, value)
        return bool(differing)

    def touch(self, *, at: datetime) -> None:
        """Count a change of what belongs to the organization as a change of its own version."""
        self.updated_at = at

    @property
    def standing_qualifications(self) -> list[QualificationSnapshot]:
        """The verified ones of each kind, also one that is to come, or the newest where none is; the oldest first."""
        standing: dict[QualificationKind, list[QualificationSnapshot]] = {}
        for one in (part.snapshot() for part in self.qualifications):
            verified = [known for known in standing.get(one.kind, []) if known.status is QualificationStatus.VERIFIED]
            if not verified:
                standing[one.kind] = [one]
            elif one.status is QualificationStatus.VERIFIED:
                standing[one.kind] = [*verified, one]
        return [one for kind in standing.values() for one in kind]

    def snapshot(self) -> OrganizationSnapshot:
        """Return the organization as its contract says; fund-raiser and qualifications must be loaded."""
        check = grade = None
        if self.annual_check_year is not None and self.annual_check_result is not None:
            check = AnnualCheckSnapshot(year=self.annual_check_year, result=self.annual_check_result)
        if self.assessment_grade is not None:
            grade = AssessmentSnapshot(grade=self.assessment_grade, last_valid_on=self.assessment_last_valid_on)
        return OrganizationSnapshot(
            id=self.id,
            name=self.name,
            credit_code=self.credit_code,
            source_number=self.source_number,
            type=self.type,
            level=self.level,
            is_legal_person=self.is_legal_person,
            registered_division=self.registered_division,
            record_division=self.record_division,
            registration_status=self.registration_status,
            enrolment_status=self.enrolment_status,
            credit_status=self.credit_status,
            credit_listed_on=self.credit_listed_on,
            charter_scope=self.charter_scope,
            annual_check=check,
            assessment=grade,
            qualifications=self.standing_qualifications,
            fundraiser_id=self.fundraiser.id if self.fundraiser else None,
            fundraiser_credit_code=self.fundraiser.credit_code if self.fundraiser else None,
            founded_on=self.founded_on,
        )


def place_record(registered: str, wanted: str | None, *, by: Principal) -> str:
    """
    Return the division whose office keeps the record (管理地), 12 digits.

    Registered in the caller's province (for a national office: in the country): the registered division. National
    or elsewhere: the host division, by default the caller's own.

    :raises OutOfScope: if the record would lie outside the caller's scope
    :raises RecordDivisionContradicts: if another division is wanted than the registered one within the province
    """
    if by.division is None:
        raise OutOfScope(pointer="/registered_division")
    if registered == NATIONAL or not registered.startswith(scope_prefix(by.division)[:2]):
        record = wanted or by.division
    elif wanted in (None, registered):
        record = registered
    else:
        raise RecordDivisionContradicts(pointer="/record_division")
    if not by.covers(record):
        raise OutOfScope(pointer="/record_division" if wanted else "/registered_division")
    return record
