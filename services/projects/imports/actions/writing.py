"""
Write the accepted rows of an import as drafts, by their number within the importing office.

An entry that somebody changed by hand since its import is left alone: a row that says what it said then changes
nothing, and one that says something else is reported as a conflict (docs/workbooks.md).
"""

import hashlib
import json
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from services.projects.demands.actions import announce_demand
from services.projects.demands.models import TRANSITIONS as DEMAND_TRANSITIONS
from services.projects.demands.models import Demand, DemandAction
from services.projects.demands.repository import DemandRepository
from services.projects.imports.rows.demands import DemandRow
from services.projects.imports.rows.supplies import SupplyRow
from services.projects.imports.rows.templates import DEMANDS, SUPPLIES
from services.projects.supplies.actions import announce_supply
from services.projects.supplies.models import TRANSITIONS as SUPPLY_TRANSITIONS
from services.projects.supplies.models import Supply, SupplyAction
from services.projects.supplies.repository import SupplyRepository
from shared.auth.principals import Principal
from shared.db import Session
from shared.imports.models import Import, RowEffect
from shared.imports.rows import AppliedRow
from shared.workbooks.findings import Finding, Severity
from shared.workbooks.template import Template

Entry = TypeVar("Entry", Demand, Supply)
WRITTEN = {RowEffect.CREATED, RowEffect.CHANGED}


async def write_demands(
    session: Session,
    *,
    rows: Sequence[DemandRow],
    file: Import,
    by: Principal,  # the rows were checked to lie in its division
    at: datetime,  # a draft has no time of its own
) -> Mapping[int, AppliedRow]:
    """Create or change the demands of some rows and return the effect and the demand of each."""
    repository = DemandRepository(session)
    known = await repository.find_by_numbers(file.division, [row.source_number for row in rows])
    applied = {}
    for row in rows:
        demand, values = _find(known, row), _demand_values(row)
        if demand is not None:
            values["source_number"] = demand.source_number
        editable = DEMAND_TRANSITIONS[DemandAction.EDIT]
        effect, findings = _compare(demand, values, editable, DEMANDS)
        if demand is None:
            demand = Demand(office=file.division, survey_stage=row.survey_stage)
        if effect in WRITTEN:
            _set(demand, values, row, file)
        if not findings and demand.status in editable and demand.advance_survey(row.survey_stage):
            effect = RowEffect.CHANGED
        if effect is RowEffect.CREATED:
            await repository.add(demand)
        elif effect is RowEffect.CHANGED:
            await announce_demand(session, demand=demand, reason="imported")
        applied[row.row] = AppliedRow(effect, demand.id, findings)
    return applied


async def write_supplies(
    session: Session,
    *,
    rows: Sequence[SupplyRow],
    file: Import,
    by: Principal,  # the organizations were looked up among those of its record
    at: datetime,  # a draft has no time of its own
) -> Mapping[int, AppliedRow]:
    """Create or change the supplies of some rows and return the effect and the supply of each."""
    repository = SupplyRepository(session)
    known = await repository.find_by_numbers(file.division, [row.source_number for row in rows])
    applied = {}
    for row in rows:
        supply, values = _find(known, row), _supply_values(row)
        if supply is not None:
            values["source_number"] = supply.source_number
        effect, findings = _compare(supply, values, SUPPLY_TRANSITIONS[SupplyAction.EDIT], SUPPLIES)
        supply = supply or Supply(office=file.division)
        if effect in WRITTEN:
            _set(supply, values, row, file)
        if effect is RowEffect.CREATED:
            await repository.add(supply)
        elif effect is RowEffect.CHANGED:
            await announce_supply(session, supply=supply, reason="imported")
        applied[row.row] = AppliedRow(effect, supply.id, findings)
    return applied


def _find(known: Mapping[str, Entry], row: DemandRow | SupplyRow) -> Entry | None:
    """Return the entry of a row's number; x1 and X1 are one number, which stays as it was written first."""
    return known.get(row.source_number.upper())


def _compare(
    known: Demand | Supply | None, values: Mapping[str, Any], editable: Container[object], form: Template
) -> tuple[RowEffect, tuple[Finding, ...]]:
    """Tell what a row does to an entry, which may be changed only in the states in which one may edit it."""
    if known is None:
        return RowEffect.CREATED, ()
    if all(getattr(known, name) == value for name, value in values.items()):
        return RowEffect.UNCHANGED, ()
    by_hand = known.provenance.get("imported")
    if known.status not in editable or (by_hand and by_hand["content"] == _digest(values)):
        return RowEffect.KEPT, ()
    if by_hand:
        return RowEffect.KEPT, (Finding("edited_by_hand", form.column("source_number").header, Severity.WARNING),)
    return RowEffect.CHANGED, ()


def _digest(values: Mapping[str, Any]) -> str:
    """Return a short mark of what a row says, to know later whether it still says the same."""
    said = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _set(entry: Demand | Supply, values: Mapping[str, Any], row: DemandRow | SupplyRow, file: Import) -> None:
    for name, value in values.items():
        setattr(entry, name, value)
    entry.import_id, entry.provenance = file.id, _provenance(row, file, values)
    entry.edited_by = file.submitted_by
    entry.settle()


def _provenance(row: DemandRow | SupplyRow, file: Import, values: Mapping[str, Any]) -> dict[str, Any]:
    """Say where the entry comes from, and which amounts must be confirmed."""
    return {
        "source": "imported",
        "as_of": (row.reported_on or file.as_of).isoformat(),
        "file": file.sha256,
        "row": row.row,
        "content": _digest(values),
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
