"""Demands as they are written, and as officials and everybody else see them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, field_validator

from services.projects.demands.models import Demand
from shared.auth.principals import Principal
from shared.contracts.codes import (
    AssistMode,
    BeneficiaryGroup,
    DemandCloseReason,
    DemandLevel,
    DemandStatus,
    FieldCode,
    HelpForm,
    IntakeSource,
    Procurement,
    ProcurementMethod,
    SurveyStage,
)
from shared.free_text import FreeLine, FreeProse, FreeRemark
from shared.paging import Slice
from shared.schemas import Command, Distinct, DivisionCode, Reading, refuse_null
from shared.small_counts import round_count

COUNTS_OF_PEOPLE = ("persons", "households")

Fields = Annotated[list[FieldCode], Field(max_length=8), Distinct]
HelpForms = Annotated[list[HelpForm], Field(max_length=5), Distinct]
Groups = Annotated[list[BeneficiaryGroup], Field(max_length=19), Distinct]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Amount = Annotated[int, Field(ge=0, le=10**16, description="Fen (0.01 yuan)")]
Places = Annotated[int, Field(ge=1, le=1000, description="对接名额")]


class DemandCreate(Command):
    """A new demand: what, where, for how many and by when are enough for a draft."""

    title: FreeLine
    description: FreeProse
    division: DivisionCode = Field(description="Where help is needed: a county, a town or a village")
    ends_on: date = Field(description="By when it is needed, inclusive")
    persons: Count | None = Field(default=None, description="受益人数; persons or households are needed")
    households: Count | None = Field(default=None, description="受益户数")
    level: DemandLevel | None = Field(default=None, description="Without it the level of the division")
    town_name: FreeLine | None = None
    village_count: Count | None = None
    fields: Fields = []
    help_forms: HelpForms = []
    beneficiary_groups: Groups = []
    monitored_persons: Count | None = Field(default=None, description="其中监测对象人数")
    assist_mode: AssistMode = AssistMode.BOTH
    budget_fen: Amount | None = None
    secured_fen: Amount | None = None
    requires_public_fundraising: bool = False
    raises_online: bool = False
    procurement: Procurement = Procurement.NONE
    procurement_method: ProcurementMethod | None = None
    is_resettlement_site: bool = False
    intake_source: IntakeSource | None = None
    pairing_requirement: FreeProse | None = Field(default=None, description="结对要求")
    policy_gap: FreeProse | None = Field(default=None, description="政策保障缺口: which policy falls short")
    starts_on: date | None = None
    places: Places = 1
    reporting_unit: FreeLine | None = None
    reported_on: date | None = None
    remark: FreeRemark | None = None


class DemandUpdate(Command):
    """A JSON Merge Patch of a draft or a returned demand: absent fields stay, null clears."""

    title: FreeLine | None = None
    description: FreeProse | None = None
    division: DivisionCode | None = None
    ends_on: date | None = None
    persons: Count | None = None
    households: Count | None = None
    level: DemandLevel | None = None
    town_name: FreeLine | None = None
    village_count: Count | None = None
    fields: Fields | None = None
    help_forms: HelpForms | None = None
    beneficiary_groups: Groups | None = None
    monitored_persons: Count | None = None
    assist_mode: AssistMode | None = None
    budget_fen: Amount | None = None
    secured_fen: Amount | None = None
    requires_public_fundraising: bool | None = None
    raises_online: bool | None = None
    procurement: Procurement | None = None
    procurement_method: ProcurementMethod | None = None
    is_resettlement_site: bool | None = None
    intake_source: IntakeSource | None = None
    pairing_requirement: FreeProse | None = None
    policy_gap: FreeProse | None = None
    starts_on: date | None = None
    places: Places | None = None
    reporting_unit: FreeLine | None = None
    reported_on: date | None = None
    remark: FreeRemark | None = None

    _refuse_null = field_validator(
        "title", "description", "division", "ends_on", "level", "fields", "help_forms", "beneficiary_groups",
        "assist_mode", "requires_public_fundraising", "raises_online", "procurement", "is_resettlement_site", "places",
        mode="before",
    )(refuse_null)  # fmt: skip


class DemandClose(Command):
    """Why a published demand ends."""

    reason: Literal[DemandCloseReason.COMPLETED, DemandCloseReason.MERGED]


class DemandFilter(Command):
    """Which demands are wanted."""

    status: list[DemandStatus] = []
    division: DivisionCode | None = None
    field: FieldCode | None = None
    import_id: UUID | None = None
    source_number: str | None = None
    q: str | None = None


class PublicDemandRead(Reading):
    """A published demand (需求项目) as everybody of the business sees it; counts of people in whole fives."""

    id: UUID
    source_number: str | None = None
    status: DemandStatus
    close_reason: DemandCloseReason | None = None
    division: str
    owner_division: str
    level: DemandLevel
    town_name: str | None = None
    village_count: int | None = None
    title: str
    description: str
    fields: list[FieldCode]
    help_forms: list[HelpForm]
    beneficiary_groups: list[BeneficiaryGroup]
    persons: int | None = Field(default=None, description="受益人数; for others than its offices in whole fives")
    households: int | None = Field(default=None, description="受益户数; for others than its offices in whole fives")
    assist_mode: AssistMode
    budget_fen: int | None = None
    secured_fen: int | None = None
    requires_public_fundraising: bool
    raises_online: bool
    procurement: Procurement
    procurement_method: ProcurementMethod | None = None
    is_resettlement_site: bool
    intake_source: IntakeSource | None = None
    pairing_requirement: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    places: int
    places_taken: int
    reporting_unit: str | None = None
    published_at: datetime | None = None
    version: int = Field(description="The number in the ETag")


class OwnDemandRead(PublicDemandRead):
    """A demand as an application sees it that acts for an office of its own: with nothing for officials only."""

    survey_stage: SurveyStage | None = None
    reported_on: date | None = None
    remark: str | None = None
    import_id: UUID | None = None
    provenance: dict[str, Any]
    edited_by: str | None = Field(default=None, description="Who wrote it last, by hand or by an import")
    submitted_by: str | None = None
    created_at: datetime
    updated_at: datetime


class DemandRead(OwnDemandRead):
    """A demand as its own offices and provincial officers see it."""

    monitored_persons: int | None = None
    policy_gap: str | None = None


WholeDemandView = DemandRead | OwnDemandRead
DemandView = DemandRead | OwnDemandRead | PublicDemandRead


def show_whole_demand(demand: Demand, by: Principal) -> WholeDemandView:
    """Return a demand of the caller's own, without what is for officials only where an application asks."""
    return (DemandRead if by.sees_official_fields else OwnDemandRead).model_validate(demand)


def show_demand(demand: Demand, by: Principal, *, least_shown: int) -> DemandView:
    """Return what the caller may see of a demand; of small counts of people others than its offices see none."""
    if demand.is_kept_by(by):
        return show_whole_demand(demand, by)
    shown = PublicDemandRead.model_validate(demand)
    for name in COUNTS_OF_PEOPLE:
        setattr(shown, name, round_count(getattr(shown, name), least=least_shown))
    return shown


def show_demands(found: Slice[Demand], by: Principal, *, least_shown: int) -> Slice[DemandView]:
    """Return what the caller may see of each demand of a page."""
    shown = [show_demand(demand, by, least_shown=least_shown) for demand in found.items]
    return Slice(shown, found.next_cursor, found.total)


class SurveyRecordCreate(Command):
    """A survey step that took place (摸底、走访、调研、筛选)."""

    stage: Literal[SurveyStage.SCOPED, SurveyStage.VISITED, SurveyStage.RESEARCHED, SurveyStage.SCREENED]
    surveyed_on: date
    office: FreeLine = Field(description="The surveyor's office, no person's name")
    source: IntakeSource


class SurveyRecordRead(Reading):
    """A survey step."""

    id: UUID
    demand_id: UUID
    stage: SurveyStage
    surveyed_on: date
    office: str
    source: IntakeSource
    created_at: datetime
