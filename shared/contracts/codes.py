"""Codes that cross a boundary between services; their labels are data in ``dictionaries.json``."""

from enum import StrEnum


class FieldCode(StrEnum):
    """Field (领域)."""

    INDUSTRY = "industry"
    AGRITECH = "agritech"
    CULTURE_SPORTS = "culture_sports"
    ENVIRONMENT = "environment"
    HEALTH = "health"
    GOVERNANCE = "governance"
    LIVELIHOOD = "livelihood"
    EDUCATION = "education"


class HelpForm(StrEnum):
    """Form of help (帮扶方式)."""

    FUND = "fund"
    INDUSTRY = "industry"
    EXPERTISE = "expertise"
    TRADE = "trade"
    VOLUNTEER = "volunteer"


class BeneficiaryGroup(StrEnum):
    """Beneficiary group (受益对象)."""

    FARMERS = "farmers"
    VILLAGE_COLLECTIVE = "village_collective"
    VILLAGERS = "villagers"
    LIFTED_HOUSEHOLDS = "lifted_households"
    MONITORED = "monitored"
    SUBSISTENCE_ALLOWANCE = "subsistence_allowance"
    EXTREME_POVERTY = "extreme_poverty"
    ELDERLY = "elderly"
    LEFT_BEHIND_ELDERLY = "left_behind_elderly"
    WOMEN = "women"
    LEFT_BEHIND_WOMEN = "left_behind_women"
    CHILDREN_YOUTH = "children_youth"
    LEFT_BEHIND_CHILDREN = "left_behind_children"
    CHILDREN_IN_DIFFICULTY = "children_in_difficulty"
    ORPHANS = "orphans"
    DISABLED = "disabled"
    RETURNING_YOUTH = "returning_youth"
    GRASSROOTS_ORGANIZATIONS = "grassroots_organizations"
    RELOCATED = "relocated"


class AssistMode(StrEnum):
    """Assist mode (帮扶模式)."""

    RELIEF = "relief"
    DEVELOPMENT = "development"
    BOTH = "both"


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


class Procurement(StrEnum):
    """Procurement (对接方式)."""

    NONE = "none"
    GOVERNMENT_PURCHASE = "government_purchase"


class ProcurementMethod(StrEnum):
    """Procurement method (购买方式)."""

    OPEN_SELECTION = "open_selection"
    BIDDING = "bidding"
    OPEN_TENDER = "open_tender"
    INVITED_TENDER = "invited_tender"
    COMPETITIVE_NEGOTIATION = "competitive_negotiation"
    SINGLE_SOURCE = "single_source"


class DemandLevel(StrEnum):
    """Level of the demand (需求层级)."""

    VILLAGE = "village"
    TOWN = "town"
    COUNTY = "county"


class IntakeSource(StrEnum):
    """Source of the demand (需求来源)."""

    VISIT = "visit"
    ASKED_PEOPLE = "asked_people"
    ASKED_ORGANIZATIONS = "asked_organizations"


class SurveyStage(StrEnum):
    """Survey stage (入库阶段)."""

    SCOPED = "scoped"
    VISITED = "visited"
    RESEARCHED = "researched"
    SCREENED = "screened"
    ADMITTED = "admitted"


class ResourceType(StrEnum):
    """Resource type (资源类型)."""

    PROJECT = "project"
    FUNDS = "funds"
    TECHNOLOGY = "technology"
    TALENT = "talent"


class SupplyChannel(StrEnum):
    """Channel of the supply (供给来源渠道)."""

    MOBILIZATION = "mobilization"
    EXHIBITION = "exhibition"
    VENTURE_CONTEST = "venture_contest"
    SITE_VISIT = "site_visit"


class PartyCoverageMode(StrEnum):
    """Party coverage mode (党组织组建方式)."""

    OWN = "own"
    JOINT = "joint"
    FUNCTIONAL = "functional"
    INSTRUCTOR = "instructor"
    ATTACHED = "attached"


class DemandStatus(StrEnum):
    """Demand state (需求状态)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    PUBLISHED = "published"
    PARTLY_COVERED = "partly_covered"
    COVERED = "covered"
    CLOSED = "closed"


class DemandCloseReason(StrEnum):
    """Reason a demand closed (需求关闭原因)."""

    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    MERGED = "merged"


class SupplyStatus(StrEnum):
    """Supply state (供给状态)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    LISTED = "listed"
    FULL = "full"
    CLOSED = "closed"


class SupplyCloseReason(StrEnum):
    """Reason a supply closed (供给关闭原因)."""

    DELISTED = "delisted"
    EXPIRED = "expired"


class CommitmentStatus(StrEnum):
    """Commitment state (占用状态)."""

    ACTIVE = "active"
    RELEASED = "released"
    FULFILLED = "fulfilled"


class PairingStatus(StrEnum):
    """Pairing state (对接状态)."""

    ON_HOLD = "on_hold"
    OPEN = "open"
    CONFIRMING = "confirming"
    CONFIRMED = "confirmed"
    LOST_RACE = "lost_race"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REFERRED = "referred"
    STARTED = "started"
    COMPLETED = "completed"
    FELL_THROUGH = "fell_through"


class PairingPhase(StrEnum):
    """Pairing phase (对接阶段)."""

    PROPOSED = "proposed"
    AWAITING_DEMAND = "awaiting_demand"
    AWAITING_SUPPLY = "awaiting_supply"
    IN_TALKS = "in_talks"
    AGREED = "agreed"
    ENDED = "ended"


class PairingOrigin(StrEnum):
    """Origin of the pairing (对接来源)."""

    RECOMMENDED = "recommended"
    ORDERED = "ordered"
    TAKEN = "taken"
    INVITED = "invited"
    IMPORTED = "imported"


class Answer(StrEnum):
    """Answer of a side (意愿)."""

    INTERESTED = "interested"
    AGREED = "agreed"
    DECLINED = "declined"


class DeclineReason(StrEnum):
    """Reason for declining (谢绝原因)."""

    WRONG_PLACE = "wrong_place"
    NO_CAPACITY = "no_capacity"
    WRONG_NEED = "wrong_need"
    ALREADY_SERVED = "already_served"
    BUDGET = "budget"
    TIME = "time"
    OTHER = "other"


class Role(StrEnum):
    """Role (角色)."""

    SYSTEM_ADMINISTRATOR = "system_administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    AUDIT_ADMINISTRATOR = "audit_administrator"
    PROVINCIAL_OFFICER = "provincial_officer"
    RURAL_OFFICER = "rural_officer"
    VILLAGE_EDITOR = "village_editor"
    CIVIL_AFFAIRS_OFFICER = "civil_affairs_officer"
    SUPERVISING_UNIT = "supervising_unit"
    ORGANIZATION = "organization"
    PARTNER_APPLICATION = "partner_application"
    SERVICE = "service"


class Designation(StrEnum):
    """Designation (区域标签)."""

    LIFTED_COUNTY_832 = "lifted_county_832"
    KEY_COUNTY_2021 = "key_county_2021"
    THREE_REGIONS_THREE_PREFECTURES = "three_regions_three_prefectures"
