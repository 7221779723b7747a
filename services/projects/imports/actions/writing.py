"""Write the accepted rows of an import as drafts, by their number within the importing office."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.projects.demands.actions import announce_demand
from services.projects.demands.models import TRANSITIONS as DEMAND_TRANSITIONS
from services.projects.demands.models import Demand, DemandAction
from services.projects.demands.repository import DemandRepository
from services.projects.imports.models import Import, RowEffect
from services.projects.imports.rows.demands import DemandRow
from services.projects.imports.rows.supplies import SupplyRow
from services.projects.supplies.actions import announce_supply
from services.projects.supplies.models import TRANSITIONS as SUPPLY_TRANSITIONS
from services.projects.supplies.models import Supply, SupplyAction
from services.projects.supplies.repository import SupplyRepository
from shared.db import Session

Written = tuple[RowEffect, UUID]


async def write_demands(session: Session, *, rows: Sequence[DemandRow], imported: Import) -> dict[int, Written]:
    """Create or change the demands of some rows and return the effect and the demand of each."""
    repository = DemandRepository(session)
    known = await repository.find_by_numbers(imported.division, [row.source_number for row in rows])
    written: dict[int, Written] = {}
    for row in rows:
        values = _demand_values(row)
        demand = known.get(row.source_number)
        if demand is None:
            origin = {"import_id": imported.id, "provenance": _provenance(row, imported)}
            demand = Demand(**values, **origin, office=imported.division, survey_stage=row.survey_stage)
            demand.settle()
            await repository.add(demand)
            written[row.row] = (RowEffect.CREATED, demand.id)
            continue
        effect = _compare(demand, values, editable=demand.status in DEMAND_TRANSITIONS[DemandAction.EDIT])
        if effect is RowEffect.CHANGED:
            _set(demand, values, row, imported)
            await announce_demand(session, demand=demand, reason="imported")
        written[row.row] = (effect, demand.id)
    return written


async def write_supplies(session: Session, *, rows: Sequence[SupplyRow], imported: Import) -> dict[int, Written]:
    """Create or change the supplies of some rows and return the effect and the supply of each."""
    repository = SupplyRepository(session)
    known = await repository.find_by_numbers(imported.division, [row.source_number for row in rows])
    written: dict[int, Written] = {}
    for row in rows:
        values = _supply_values(row)
        supply = known.get(row.source_number)
        if supply is None:
            origin = {"import_id": imported.id, "provenance": _provenance(row, imported)}
            supply = Supply(**values, **origin, office=imported.division)
            supply.settle()
            await repository.add(supply)
            written[row.row] = (RowEffect.CREATED, supply.id)
            continue
        effect = _compare(supply, values, editable=supply.status in SUPPLY_TRANSITIONS[SupplyAction.EDIT])
        if effect is RowEffect.CHANGED:
            _set(supply, values, row, imported)
            await announce_supply(session, supply=supply, reason="imported")
        written[row.row] = (effect, supply.id)
    return written


def _compare(known: Demand | Supply, values: Mapping[str, Any], *, editable: bool) -> RowEffect:
    if all(getattr(known, name) == value for name, value in values.items()):
        return RowEffect.UNCHANGED
    return RowEffect.CHANGED if editable else RowEffect.KEPT


def _set(known: Demand | Supply, values: Mapping[str, Any], row: DemandRow | SupplyRow, imported: Import) -> None:
    for name, value in values.items():
        setattr(known, name, value)
    known.import_id, known.provenance = imported.id, _provenance(row, imported)
    known.settle()


def _provenance(row: DemandRow | SupplyRow, imported: Import) -> dict[str, Any]:
    """Say where the entry comes from, and which amounts must be confirmed."""
    return {
        "source": "imported",
        "as_of": (row.reported_on or imported.as_of).isoformat(),
        "file": imported.sha256,
        "row": row.row,
        "amount_is_approximate": row.budget_is_approximate,
        "amount_needs_confirmation": row.budget_needs_confirmation,
    }


def _demand_values(row: DemandRow) -> dict[str, Any]:
    same = (
        "source_number", "town_name", "village_count", "level", "title", "description", "monitored_persons",
        "budget_fen", "secured_fen", "assist_mode", "requires_public_fundraising", "raises_online", "procurement",
        "procurement_method", "policy_gap", "intake_source", "is_resettlement_site", "pairing_requirement",
        "starts_on", "ends_on", "reporting_unit", "reported_on", "remark",
    )  # fmt: skip
    place = row.region_code if row.region_code != row.county_code else row.town_code or row.county_code
    return {name: getattr(row, name) for name in same} | {
        "division": place,
        "fields": list(row.fields),
        "help_forms": list(row.help_forms),
        "beneficiary_groups": list(row.beneficiary_groups),
        "persons": row.beneficiary_persons,
    }


def _supply_values(row: SupplyRow) -> dict[str, Any]:
    same = (
        "source_number", "title", "description", "assist_mode", "capacity_total", "channel",
        "plans_public_fundraising", "starts_on", "ends_on", "reported_on", "remark",
    )  # fmt: skip
    return {name: getattr(row, name) for name in same} | {
        "organization_id": row.organization.organization_id,
        "fields": list(row.fields),
        "help_forms": list(row.help_forms),
        "beneficiary_groups": list(row.beneficiary_groups),
        "service_regions": list(row.service_regions),
        "resource_types": list(row.resource_types),
        "capacity_used_elsewhere": row.capacity_used,
        "available_fen": row.budget_fen,
        "participation_3y": row.rural_projects_last_3y,
    }
