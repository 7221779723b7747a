"""What registry announces: whole snapshots of divisions and organizations; changed by addition only."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.codes import (
    AnnualCheckResult,
    AssessmentGrade,
    CreditStatus,
    Designation,
    EnrolmentStatus,
    OrganizationLevel,
    OrganizationType,
    QualificationKind,
    QualificationStatus,
    RegistrationStatus,
)

DIVISION_CHANGED = "registry.division.changed.v1"
ORGANIZATION_CHANGED = "registry.organization.changed.v1"


class DesignationSnapshot(BaseModel):
    """A dated label of a division (区域标签): it counts only while a matching policy cites it."""

    code: Designation
    valid_from: date | None = None
    last_valid_on: date | None = None
    source: str = Field(description="The list the label comes from")


class DivisionSnapshot(BaseModel):
    """An administrative division (行政区划)."""

    id: UUID
    code: str = Field(description="12 digits")
    name: str
    full_name: str = Field(description="With the names of the levels above, for example 四川省凉山彝族自治州昭觉县")
    parent_code: str | None = None
    level: str = Field(description="province, prefecture, county, town or village")
    last_valid_on: date | None = Field(default=None, description="Last day on which the code was in force")
    successor_codes: list[str] = []
    former_names: list[str] = []
    designations: list[DesignationSnapshot] = []


class QualificationSnapshot(BaseModel):
    """A qualification (资质); only ``verified`` ones within their period prove anything."""

    kind: QualificationKind
    status: QualificationStatus
    held: bool = Field(description="False: it is recorded that the organization does not have it")
    issuer: str | None = None
    valid_from: date | None = None
    last_valid_on: date | None = Field(default=None, description="Inclusive; absent = no fixed end")


class RevocationList(BaseModel):
    """What the services refuse although the token has not ended: read by them every few seconds."""

    clients: list[str] = Field(description="`client_id` of API clients that were disabled lately")
    secrets: list[UUID] = Field(description="Ids of secrets that were revoked lately")
    grants: list[UUID] = Field(
        default=[],
        description="Ids of grants that were revoked, or whose grantor or application ended, before their end",
    )


class AnnualCheckSnapshot(BaseModel):
    """The last concluded annual check or report (年检/年报)."""

    year: int
    result: AnnualCheckResult


class AssessmentSnapshot(BaseModel):
    """The assessment grade (评估等级)."""

    grade: AssessmentGrade
    last_valid_on: date | None = None


class OrganizationSnapshot(BaseModel):
    """An organization (社会组织) with its qualifications, supervision and credit in one."""

    id: UUID
    name: str
    credit_code: str | None = Field(default=None, description="统一社会信用代码; absent for filed bodies")
    source_number: str | None = Field(default=None, description="机构编号 of the workbook it came from")
    type: OrganizationType
    level: OrganizationLevel
    is_legal_person: bool
    registered_division: str | None = Field(default=None, description="登记地, 12 digits; 100000000000 = national")
    record_division: str = Field(description="管理地, 12 digits: the office that keeps the record here")
    registration_status: RegistrationStatus
    enrolment_status: EnrolmentStatus
    credit_status: CreditStatus
    credit_listed_on: date | None = None
    charter_scope: str | None = Field(default=None, description="业务范围")
    annual_check: AnnualCheckSnapshot | None = None
    assessment: AssessmentSnapshot | None = None
    qualifications: list[QualificationSnapshot] = []
    fundraiser_id: UUID | None = Field(default=None, description="The cooperating fund-raiser (合作募捐方)")
    fundraiser_credit_code: str | None = None
    founded_on: date | None = None
