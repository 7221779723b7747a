"""Supplies as they are written, and as their own side and everybody else see them."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from services.projects.demands.schemas import Fields, Groups, HelpForms
from services.projects.supplies.models import Supply
from shared.china.divisions import scope_prefix
from shared.contracts.codes import (
    AssistMode,
    BeneficiaryGroup,
    FieldCode,
    HelpForm,
    ResourceType,
    SupplyChannel,
    SupplyCloseReason,
    SupplyStatus,
)
from shared.free_text import FreeLine, FreeProse, FreeRemark
from shared.schemas import Command, Distinct, Reading, refuse_null

Region = Annotated[str, StringConstraints(pattern=r"^(\*|[1-9][0-9]|[1-9][0-9]{3}|[1-9][0-9]{5}|[1-9][0-9]{8})$")]
"""A prefix of division codes of 2, 4, 6 or 9 digits; ``*`` or 100000 for the whole country."""


def _widest(regions: list[str]) -> list[str]:
    """Return the prefixes that say the same: 513400 is 5134, and nothing beside the whole country."""
    prefixes = [scope_prefix(region.ljust(12, "0")) if region != "*" else "" for region in regions]
    return ["*"] if "" in prefixes else list(dict.fromkeys(prefixes))


Resources = Annotated[list[ResourceType], Field(max_length=4), Distinct]
Regions = Annotated[list[Region], Field(max_length=200), AfterValidator(_widest)]
Capacity = Annotated[int, Field(ge=0, le=100_000, description="Projects")]
Amount = Annotated[int, Field(ge=0, le=10**16, description="Fen; absent = undecided, 0 = no money")]
NOT_NULL = (
    "title", "description", "fields", "help_forms", "beneficiary_groups", "assist_mode", "service_regions",
    "capacity_total", "capacity_used_elsewhere", "resource_types", "plans_public_fundraising",
)  # fmt: skip


class SupplyCreate(Command):
    """A new supply: what and how much are enough for a draft."""

    organization_id: UUID | None = Field(default=None, description="Needed from an office; an organization's own")
    title: FreeLine
    description: FreeProse
    capacity_total: Capacity
    capacity_used_elsewhere: Capacity = 0
    fields: Fields = []
    help_forms: HelpForms = []
    beneficiary_groups: Groups = []
    assist_mode: AssistMode = AssistMode.BOTH
    service_regions: Regions = Field(
        default=[], description="Prefixes of codes of divisions in force; `*` or `100000` = the whole country"
    )
    available_fen: Amount | None = None
    resource_types: Resources = []
    channel: SupplyChannel | None = None
    plans_public_fundraising: bool = False
    participation_3y: Capacity | None = Field(default=None, description="Rural projects in the last three years")
    starts_on: date | None = None
    ends_on: date | None = Field(default=None, description="Inclusive")
    reported_on: date | None = None
    remark: FreeRemark | None = None


class SupplyUpdate(Command):
    """A JSON Merge Patch of a draft or a returned supply: absent fields stay, null clears."""

    title: FreeLine | None = None
    description: FreeProse | None = None
    capacity_total: Capacity | None = None
    capacity_used_elsewhere: Capacity | None = None
    fields: Fields | None = None
    help_forms: HelpForms | None = None
    beneficiary_groups: Groups | None = None
    assist_mode: AssistMode | None = None
    service_regions: Regions | None = None
    available_fen: Amount | None = None
    resource_types: Resources | None = None
    channel: SupplyChannel | None = None
    plans_public_fundraising: bool | None = None
    participation_3y: Capacity | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    reported_on: date | None = None
    remark: FreeRemark | None = None

    _refuse_null = field_validator(*NOT_NULL, mode="before")(refuse_null)


class SupplyFilter(Command):
    """Which supplies are wanted."""

    status: list[SupplyStatus] = []
    organization_id: UUID | None = None
    field: FieldCode | None = None
    import_id: UUID | None = None
    source_number: str | None = None
    q: str | None = None


class PublicSupplyRead(Reading):
    """A listed supply (供给项目) as everybody of the business sees it."""

    id: UUID
    source_number: str | None = None
    organization_id: UUID
    status: SupplyStatus
    close_reason: SupplyCloseReason | None = None
    title: str
    description: str
    fields: list[FieldCode]
    help_forms: list[HelpForm]
    beneficiary_groups: list[BeneficiaryGroup]
    assist_mode: AssistMode
    service_regions: list[str]
    capacity_total: int
    capacity_used_elsewhere: int
    capacity_used_here: int
    available_fen: int | None = None
    resource_types: list[ResourceType]
    channel: SupplyChannel | None = None
    plans_public_fundraising: bool
    participation_3y: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    listed_at: datetime | None = None
    version: int = Field(description="The number in the ETag")


class SupplyRead(PublicSupplyRead):
    """A supply as its organization, its civil affairs office and provincial officers see it."""

    reported_on: date | None = None
    remark: str | None = None
    import_id: UUID | None = None
    provenance: dict[str, Any]
    edited_by: str | None = Field(default=None, description="Who wrote it last, by hand or by an import")
    submitted_by: str | None = None
    created_at: datetime
    updated_at: datetime


SupplyView = SupplyRead | PublicSupplyRead


def show_supply(supply: Supply, *, whole: bool) -> SupplyView:
    """Return a supply with or without what only its own side may see."""
    return (SupplyRead if whole else PublicSupplyRead).model_validate(supply)
