"""Drafts as callers send them for a preview: the facts that count for matching, checked as projects checks them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.china.divisions import DivisionLevel, level_of
from shared.contracts.codes import (
    AssistMode,
    BeneficiaryGroup,
    DemandLevel,
    DemandStatus,
    FieldCode,
    HelpForm,
    Procurement,
    SupplyStatus,
)
from shared.contracts.projects import DemandSnapshot, SupplySnapshot
from shared.free_text import FreeLine, FreeProse
from shared.schemas import Command, Distinct, DivisionCode

Fields = Annotated[list[FieldCode], Field(max_length=8), Distinct]
HelpForms = Annotated[list[HelpForm], Field(max_length=5), Distinct]
Groups = Annotated[list[BeneficiaryGroup], Field(max_length=19), Distinct]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Capacity = Annotated[int, Field(ge=0, le=100_000)]
Amount = Annotated[int, Field(ge=0, le=10**16, description="Fen (0.01 yuan)")]
Region = Annotated[str, StringConstraints(pattern=r"^(\*|[1-9][0-9]|[1-9][0-9]{3}|[1-9][0-9]{5}|[1-9][0-9]{8})$")]
LEVELS = {DivisionLevel.TOWN: DemandLevel.TOWN, DivisionLevel.VILLAGE: DemandLevel.VILLAGE}


class DemandDraft(Command):
    """The facts of a demand that is not saved."""

    title: FreeLine
    description: FreeProse
    division: DivisionCode = Field(description="Where help is needed: a county, a town or a village of yours")
    ends_on: date = Field(description="By when it is needed, inclusive")
    persons: Count | None = Field(default=None, description="受益人数; persons or households are needed")
    households: Count | None = None
    level: DemandLevel | None = Field(default=None, description="Without it the level of the division")
    fields: Fields = []
    help_forms: HelpForms = []
    beneficiary_groups: Groups = []
    monitored_persons: Count | None = None
    assist_mode: AssistMode = AssistMode.BOTH
    budget_fen: Amount | None = None
    secured_fen: Amount | None = None
    requires_public_fundraising: bool = False
    procurement: Procurement = Procurement.NONE
    is_resettlement_site: bool = False
    starts_on: date | None = None
    places: int = Field(default=1, ge=1, le=1000)

    def find_contradiction(self, today: date) -> str | None:
        """Return the field at fault where the facts contradict each other, by the rules of the demand library."""
        if self.persons is None and self.households is None:
            return "persons"
        if self.persons is not None and (self.monitored_persons or 0) > self.persons:
            return "monitored_persons"
        return "ends_on" if self.ends_on < max(today, self.starts_on or today) else None

    def snapshot(self, demand_id: UUID) -> DemandSnapshot:
        """Return the draft as projects would announce it."""
        level = self.level or LEVELS.get(level_of(self.division), DemandLevel.COUNTY)
        return DemandSnapshot(
            **self.model_dump(exclude={"level"}),
            id=demand_id,
            status=DemandStatus.DRAFT,
            level=level,
            places_taken=0,
            owner_division=self.division,
        )


class SupplyDraft(Command):
    """The facts of a supply that is not saved."""

    organization_id: UUID | None = Field(default=None, description="Needed from an office; an organization's own")
    title: FreeLine
    description: FreeProse
    capacity_total: Capacity
    capacity_used_elsewhere: Capacity = 0
    fields: Fields = []
    help_forms: HelpForms = []
    beneficiary_groups: Groups = []
    assist_mode: AssistMode = AssistMode.BOTH
    service_regions: list[Region] = Field(default=[], max_length=200, description="Prefixes of division codes, or `*`")
    available_fen: Amount | None = None
    plans_public_fundraising: bool = False
    participation_3y: Capacity | None = None
    starts_on: date | None = None
    ends_on: date | None = None

    def find_contradiction(self, today: date) -> str | None:
        """Return the field at fault where the facts contradict each other, by the rules of the supply library."""
        if self.capacity_used_elsewhere > self.capacity_total:
            return "capacity_used_elsewhere"
        return "ends_on" if self.ends_on and self.ends_on < max(today, self.starts_on or today) else None

    def snapshot(self, supply_id: UUID, *, organization_id: UUID) -> SupplySnapshot:
        """Return the draft as projects would announce it."""
        return SupplySnapshot(
            **self.model_dump(exclude={"organization_id"}),
            id=supply_id,
            organization_id=organization_id,
            status=SupplyStatus.DRAFT,
            capacity_used_here=0,
        )


class PreviewRequest(Command):
    """Exactly one draft, and how many candidates are wanted."""

    demand: DemandDraft | None = None
    supply: SupplyDraft | None = None
    limit: int = Field(default=20, ge=1, le=100)
    include_excluded: bool = False
