"""What projects announces (demands, supplies, commitments) and answers to matching; changed by addition only."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.codes import (
    AssistMode,
    BeneficiaryGroup,
    CommitmentStatus,
    DemandCloseReason,
    DemandLevel,
    DemandStatus,
    FieldCode,
    HelpForm,
    IntakeSource,
    Procurement,
    ProcurementMethod,
    SupplyCloseReason,
    SupplyStatus,
)

DEMAND_CHANGED = "projects.demand.changed.v1"
SUPPLY_CHANGED = "projects.supply.changed.v1"
COMMITMENT_CHANGED = "projects.commitment.changed.v1"
PUBLIC_DEMAND_CHANGED = "projects.public_demand.changed.v1"
PUBLIC_SUPPLY_CHANGED = "projects.public_supply.changed.v1"


class PublicDemandSnapshot(BaseModel):
    """A published demand (需求项目) as everybody of the business sees it; in its feed, counts of people are rounded."""

    id: UUID
    source_number: str | None = Field(default=None, description="需求编号 of the workbook it came from")
    status: DemandStatus
    close_reason: DemandCloseReason | None = None
    division: str = Field(description="Where help is needed, 12 digits")
    level: DemandLevel
    title: str
    description: str
    fields: list[FieldCode]
    help_forms: list[HelpForm]
    beneficiary_groups: list[BeneficiaryGroup]
    persons: int | None = None
    households: int | None = None
    assist_mode: AssistMode
    budget_fen: int | None = None
    secured_fen: int | None = None
    requires_public_fundraising: bool
    raises_online: bool = False
    procurement: Procurement
    procurement_method: ProcurementMethod | None = None
    is_resettlement_site: bool = False
    intake_source: IntakeSource | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    places: int = Field(description="对接名额")
    places_taken: int = Field(description="Places held by active or fulfilled commitments")
    owner_division: str = Field(description="The office that owns the demand, 12 digits")
    published_at: datetime | None = None


class DemandSnapshot(PublicDemandSnapshot):
    """A demand (需求项目) of the demand library, whole; what is added here, the public does not see."""

    monitored_persons: int | None = None


class PublicSupplySnapshot(BaseModel):
    """A listed supply (供给项目) as everybody of the business sees it."""

    id: UUID
    source_number: str | None = Field(default=None, description="项目编号 of the workbook it came from")
    organization_id: UUID
    status: SupplyStatus
    close_reason: SupplyCloseReason | None = None
    title: str
    description: str
    fields: list[FieldCode]
    help_forms: list[HelpForm]
    beneficiary_groups: list[BeneficiaryGroup]
    assist_mode: AssistMode
    service_regions: list[str] = Field(description="Prefixes of division codes, or `*` for the whole country")
    capacity_total: int
    capacity_used_elsewhere: int = Field(description="Taken outside the platform")
    capacity_used_here: int = Field(description="Held by active or fulfilled commitments")
    available_fen: int | None = Field(default=None, description="Absent = undecided, 0 = no money")
    plans_public_fundraising: bool
    participation_3y: int | None = Field(default=None, description="Rural projects in the last three years")
    starts_on: date | None = None
    ends_on: date | None = None
    listed_at: datetime | None = None


class SupplySnapshot(PublicSupplySnapshot):
    """A supply (供给项目) of the supply library; what is added here, the public does not see."""


class CommitmentSnapshot(BaseModel):
    """A commitment (占用): one place of a demand and one unit of a supply's capacity, held by a confirmed pairing."""

    id: UUID
    pairing_id: UUID
    demand_id: UUID
    supply_id: UUID
    status: CommitmentStatus
    promised_fen: int | None = None


class CommitmentRequest(BaseModel):
    """The body of ``PUT /projects/v1/commitments/{pairing_id}``."""

    demand_id: UUID
    supply_id: UUID
    promised_fen: int | None = None


class CommitmentRelease(BaseModel):
    """The body of ``POST /projects/v1/commitments/{pairing_id}/release``."""

    reason: str
