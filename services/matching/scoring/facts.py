"""What the scorer knows about a demand, a supply and an organization, as frozen values with ASCII codes.

Build them from the read models: every code is one of ``shared.contracts.codes``, money is integer fen, a period ends
on its last valid day, and ``None`` means *unknown*, never *no*.
"""

import re
from dataclasses import dataclass
from datetime import date

WHOLE_COUNTRY = "*"
_DIVISION = re.compile(r"\d{6}(\d{3}(\d{3})?)?")
_SERVICE_REGION = re.compile(r"\*|\d{2}(\d{2}(\d{2}(\d{3}(\d{3})?)?)?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationFacts:
    """A recorded qualification (资质); an organization without a record has ``None`` instead."""

    held: bool
    last_valid_on: date | None = None  # None: no fixed end
    revoked: bool = False

    def is_valid_on(self, day: date) -> bool:
        """Tell whether the qualification counts on a day; its last day still counts."""
        return self.held and not self.revoked and (self.last_valid_on is None or self.last_valid_on >= day)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentFacts:
    """An assessment (等级评估): grade ``1A`` to ``5A`` and its last valid day."""

    grade: str
    last_valid_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationFacts:
    """What counts about an organization (社会组织); ``cooperating_fundraiser`` is its named partner (募用分离)."""

    organization_id: str
    type: str  # OrganizationType
    level: str  # OrganizationLevel
    registered_division: str | None  # 6 digits; 100000 = national; None = not registered anywhere
    registration_status: str = "normal"
    enrolment_status: str = "active"
    credit_status: str = "normal"
    annual_check: str | None = None  # AnnualCheckResult of the last concluded check
    assessment: AssessmentFacts | None = None
    public_fundraising: QualificationFacts | None = None
    cooperating_fundraiser: "OrganizationFacts | None" = None
    is_legal_person: bool = True
    charter_fields: frozenset[str] | None = None  # fields within the charter's scope
    disclosure_overdue: bool | None = None
    completed_pairings: int | None = None
    mean_rating: float | None = None  # 1 to 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandFacts:
    """What counts about a demand (需求项目)."""

    demand_id: str
    title: str
    description: str
    division_code: str  # 6, 9 or 12 digits
    fields: frozenset[str]
    help_forms: frozenset[str]
    groups: frozenset[str]
    assist_mode: str | None = None
    former_division_codes: tuple[str, ...] = ()  # codes the same place had before
    designations: frozenset[str] = frozenset()  # Designation codes of its county on the day
    level: str | None = None  # DemandLevel; None: read from the length of the division code
    is_resettlement_site: bool = False
    persons: int | None = None
    monitored_persons: int | None = None
    budget_fen: int | None = None
    secured_fen: int | None = None
    requires_public_fundraising: bool = False
    procurement: str = "none"
    starts_on: date | None = None
    ends_on: date | None = None
    places: int = 1

    def __post_init__(self) -> None:
        """Refuse a place that no prefix rule could read."""
        for code in (self.division_code, *self.former_division_codes):
            if not _DIVISION.fullmatch(code):
                raise ValueError(f"a division code has 6, 9 or 12 digits: {code!r}")

    @property
    def is_government_purchase(self) -> bool:
        """Tell whether procurement law governs the choice (政府购买服务)."""
        return self.procurement != "none"

    @property
    def open_need_fen(self) -> int | None:
        """Return the money still missing in fen, or None where the budget is unknown."""
        if self.budget_fen is None:
            return None
        return max(0, self.budget_fen - (self.secured_fen or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyFacts:
    """What counts about a supply (供给项目); service regions are code prefixes or ``('*',)``."""

    supply_id: str
    organization_id: str
    title: str
    description: str
    fields: frozenset[str]
    help_forms: frozenset[str]
    groups: frozenset[str]
    service_regions: tuple[str, ...]  # prefixes of 2, 4, 6, 9 or 12 digits
    capacity_total: int
    capacity_used: int
    assist_mode: str | None = None
    budget_fen: int | None = None  # None = undecided, 0 = brings no money
    plans_public_fundraising: bool = False
    starts_on: date | None = None
    ends_on: date | None = None
    participations_last_3y: int | None = None

    def __post_init__(self) -> None:
        """Refuse a region that no prefix rule could read."""
        for region in self.service_regions:
            if not _SERVICE_REGION.fullmatch(region):
                raise ValueError(f"a service region is '*' or a prefix of 2, 4, 6, 9 or 12 digits: {region!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A supply together with the organization that stands behind it."""

    supply: SupplyFacts
    organization: OrganizationFacts


def make_region_prefix(code: str) -> str:
    """
    Cut the trailing zero levels of a 6-digit or 12-digit division code, so that ``510700`` serves ``5107``.

    ``100000`` is the whole country (GB/T 2260), and so is a prefix of no digits.
    """
    if not code or code.rstrip("0") == "1":
        return WHOLE_COUNTRY
    if len(code) == 12:
        code = code[:-3] if code.endswith("000") else code
        code = code[:-3] if len(code) == 9 and code.endswith("000") else code
    while len(code) in (4, 6) and code.endswith("00"):
        code = code[:-2]
    return code
