"""Codes of organizations: their registration, credit, annual checks, grades and qualifications."""

from enum import StrEnum


class OrganizationType(StrEnum):
    """Organization type (机构类型)."""

    ASSOCIATION = "association"
    SERVICE_AGENCY = "service_agency"
    FOUNDATION = "foundation"
    COMMUNITY_ORGANIZATION = "community_organization"
    OTHER = "other"


class OrganizationLevel(StrEnum):
    """Registration level (登记层级)."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    PREFECTURAL = "prefectural"
    COUNTY = "county"
    COMMUNITY = "community"
    OUT_OF_PROVINCE = "out_of_province"
    NONE = "none"


class RegistrationStatus(StrEnum):
    """Registration status (登记状态)."""

    NORMAL = "normal"
    DEREGISTERED = "deregistered"
    REVOKED = "revoked"
    NOT_REGISTERED = "not_registered"


class EnrolmentStatus(StrEnum):
    """Enrolment (入驻状态)."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"


class CreditStatus(StrEnum):
    """Credit standing (信用状态)."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"
    SERIOUSLY_ILLEGAL = "seriously_illegal"


class AnnualCheckResult(StrEnum):
    """Annual check result (年检结论)."""

    PASSED = "passed"
    BASICALLY_PASSED = "basically_passed"
    FAILED = "failed"
    NOT_TAKEN = "not_taken"


class AssessmentGrade(StrEnum):
    """Assessment grade (评估等级)."""

    GRADE_5A = "5A"
    GRADE_4A = "4A"
    GRADE_3A = "3A"
    GRADE_2A = "2A"
    GRADE_1A = "1A"


class QualificationKind(StrEnum):
    """Qualification (资质)."""

    CHARITY = "charity"
    PUBLIC_FUNDRAISING = "public_fundraising"
    PRETAX_DEDUCTION = "pretax_deduction"
    NONPROFIT_TAX_EXEMPTION = "nonprofit_tax_exemption"


class QualificationStatus(StrEnum):
    """Qualification state (资质状态)."""

    SUBMITTED = "submitted"
    VERIFIED = "verified"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REVOKED = "revoked"


class PartyCoverageMode(StrEnum):
    """Party coverage mode (党组织组建方式)."""

    OWN = "own"
    JOINT = "joint"
    FUNCTIONAL = "functional"
    INSTRUCTOR = "instructor"
    ATTACHED = "attached"
