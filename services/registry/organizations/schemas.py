"""Organizations as offices write them, and as each caller sees them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from services.registry.organizations.models import DataSource, Organization
from shared.auth.principals import Principal
from shared.china.uscc import find_uscc_fault, normalise_uscc
from shared.contracts.codes import (
    AnnualCheckResult,
    AssessmentGrade,
    CreditStatus,
    EnrolmentStatus,
    OrganizationLevel,
    OrganizationType,
    PartyCoverageMode,
    RegistrationStatus,
    Role,
)
from shared.contracts.registry import QualificationSnapshot
from shared.errors import Text
from shared.free_text import FreeLine, FreeProse, FreeRemark
from shared.schemas import Command, DivisionCode, Reading, refuse_null
from shared.validation_texts import rule_broken
from shared.workbooks.findings import finding_texts

MOST_PERSONS = 1_000_000


def _check_credit_code(text: str) -> str:
    code = normalise_uscc(text)
    if fault := find_uscc_fault(code):
        zh, en = finding_texts()[fault.value]["zh-CN"], finding_texts()[fault.value]["en"]
        raise rule_broken(fault.value, Text(zh.message + zh.remedy, f"{en.message} {en.remedy}"))
    return code


CreditCode = Annotated[str, StringConstraints(min_length=18, max_length=40), AfterValidator(_check_credit_code)]
"""A unified social credit code (统一社会信用代码) whose check character fits (GB 32100)."""
Persons = Annotated[int, Field(ge=0, le=MOST_PERSONS)]
CLEARABLE = frozenset(
    {"credit_code", "source_number", "registrar", "supervising_unit", "charter_scope", "founded_on",
     "party_coverage_mode", "full_time_staff", "social_workers", "remark", "evidence"}
)  # fmt: skip


class Evidenced(Command):
    """A fact that says where it comes from."""

    source: DataSource = Field(default=DataSource.REPORTED, description="Mirrored and imported facts need `evidence`")
    as_of: date | None = Field(default=None, description="The day the fact is as of; today if absent")
    evidence: FreeRemark | None = Field(default=None, description="The document or system it rests on")


class OrganizationCreate(Evidenced):
    """An organization (社会组织) to be put on record; it begins as `pending`."""

    name: FreeLine
    credit_code: CreditCode | None = Field(default=None, description="统一社会信用代码; absent only for filed bodies")
    source_number: FreeLine | None = None
    type: OrganizationType
    level: OrganizationLevel
    is_legal_person: bool
    registered_division: DivisionCode = Field(description="登记地; 100000000000 = national")
    record_division: DivisionCode | None = Field(
        default=None, description="管理地, for national and out-of-province bodies; your own division if absent"
    )
    registrar: FreeLine | None = Field(default=None, description="登记管理机关")
    supervising_unit: FreeLine | None = Field(default=None, description="业务主管单位")
    charter_scope: FreeProse | None = Field(default=None, description="业务范围")
    founded_on: date | None = None
    registration_status: RegistrationStatus = RegistrationStatus.NORMAL
    party_coverage_mode: PartyCoverageMode | None = None
    full_time_staff: Persons | None = None
    social_workers: Persons | None = None
    remark: FreeRemark | None = None


class OrganizationUpdate(Command):
    """A JSON merge patch of an organization: what is absent stays, `null` clears."""

    name: FreeLine | None = None
    credit_code: CreditCode | None = None
    source_number: FreeLine | None = None
    type: OrganizationType | None = None
    level: OrganizationLevel | None = None
    is_legal_person: bool | None = None
    registered_division: DivisionCode | None = None
    record_division: DivisionCode | None = None
    registrar: FreeLine | None = None
    supervising_unit: FreeLine | None = None
    charter_scope: FreeProse | None = None
    founded_on: date | None = None
    registration_status: RegistrationStatus | None = None
    party_coverage_mode: PartyCoverageMode | None = None
    full_time_staff: Persons | None = None
    social_workers: Persons | None = None
    remark: FreeRemark | None = None
    source: DataSource | None = None
    as_of: date | None = None
    evidence: FreeRemark | None = None

    _refuse_null = field_validator(
        "name", "type", "level", "is_legal_person", "registered_division", "record_division", "registration_status",
        "source", "as_of", mode="before",
    )(refuse_null)  # fmt: skip


class EnrolmentChange(Command):
    """Why an enrolment changes."""

    reason: FreeRemark | None = None


class FundraiserChoice(Command):
    """The cooperating fund-raiser (合作募捐方), or `null` for none."""

    fundraiser_id: UUID | None


@dataclass(frozen=True)
class OrganizationFilter:
    """Which organizations are wanted; ``name`` is looked for with some tolerance, ``division`` with all inside."""

    name: str | None = None
    credit_code: str | None = None
    type: OrganizationType | None = None
    credit_status: CreditStatus | None = None
    enrolment_status: EnrolmentStatus | None = None
    source_number: str | None = None
    division: str | None = None


class OrganizationPublic(Reading):
    """An active organization as everybody may see it (public fields)."""

    id: UUID
    name: str
    credit_code: str | None = None
    type: OrganizationType
    level: OrganizationLevel
    is_legal_person: bool
    registered_division: str | None = None
    record_division: str
    registrar: str | None = None
    supervising_unit: str | None = None
    charter_scope: str | None = None
    founded_on: date | None = None
    registration_status: RegistrationStatus
    enrolment_status: EnrolmentStatus
    credit_status: CreditStatus
    credit_listed_on: date | None = None
    annual_check_year: int | None = None
    annual_check_result: AnnualCheckResult | None = None
    assessment_grade: AssessmentGrade | None = None
    assessment_last_valid_on: date | None = None
    fundraiser_id: UUID | None = None
    version: int


class OrganizationRead(OrganizationPublic):
    """An organization with what only its office, the province and the organization itself see."""

    source_number: str | None = None
    enrolment_reason: str | None = None
    party_coverage_mode: PartyCoverageMode | None = None
    full_time_staff: int | None = None
    social_workers: int | None = None
    remark: str | None = None
    source: DataSource
    as_of: date
    evidence: str | None = None
    verified_by: str | None = None
    recorded_by: str
    qualifications: list[QualificationSnapshot] = Field(
        validation_alias="standing_qualifications",
        description="Of each kind the verified ones, also one to come, else the newest",
    )
    created_at: datetime
    updated_at: datetime


OrganizationView = OrganizationRead | OrganizationPublic
"""What a caller sees of an organization; the fields tell which."""


def sees_fully(by: Principal, organization: Organization) -> bool:
    """Tell whether the caller sees more of an organization than the public does."""
    its_own = by.role in {Role.ORGANIZATION, Role.SUPERVISING_UNIT} and by.organization_id == organization.id
    if its_own or by.role is Role.PROVINCIAL_OFFICER:
        return True
    return by.role is Role.CIVIL_AFFAIRS_OFFICER and by.covers(organization.record_division)


def show_organization(organization: Organization, *, to: Principal) -> OrganizationView:
    """Return what the caller may see of an organization that the repository has let through."""
    schema = OrganizationRead if sees_fully(to, organization) else OrganizationPublic
    return schema.model_validate(organization)
