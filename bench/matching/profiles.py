"""Put a made-up province into the profile tables, as the neighbours' feeds would."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic import BaseModel

from services.matching.profiles.consumers import apply_demands, apply_divisions, apply_organizations, apply_supplies
from services.matching.scoring.facts import DemandFacts, Offer, OrganizationFacts, SupplyFacts
from services.matching.scoring.tilt import find_level
from shared import clock
from shared.contracts.events import CloudEvent
from shared.contracts.projects import DEMAND_CHANGED, SUPPLY_CHANGED, DemandSnapshot, SupplySnapshot
from shared.contracts.registry import DIVISION_CHANGED, ORGANIZATION_CHANGED, DivisionSnapshot, OrganizationSnapshot
from shared.db import Database

PAGE = 2_000


def identify(name: str) -> UUID:
    """Return the id under which a made-up demand, supply or organization is stored."""
    return uuid5(NAMESPACE_OID, name)


async def store_province(database: Database, demands: Sequence[DemandFacts], offers: Sequence[Offer]) -> None:
    """Store demands, offers, their organizations and the labels of the counties."""
    labels = {one.division_code[:6]: one.designations for one in demands if one.designations}
    organizations = {one.organization.organization_id: one.organization for one in offers}
    await _store(database, apply_divisions, DIVISION_CHANGED, (_tell_county(*one) for one in labels.items()))
    told = map(_tell_organization, organizations.values())
    await _store(database, apply_organizations, ORGANIZATION_CHANGED, told)
    await _store(database, apply_demands, DEMAND_CHANGED, map(_tell_demand, demands))
    await _store(database, apply_supplies, SUPPLY_CHANGED, (_tell_supply(one.supply) for one in offers))


async def _store(database: Database, apply: Callable[..., Any], kind: str, snapshots: Iterable[BaseModel]) -> None:
    events = [_announce(kind, one) for one in snapshots]
    for start in range(0, len(events), PAGE):
        async with database.transaction() as session:
            await apply(session, events[start : start + PAGE], True)


def _announce(kind: str, snapshot: Any) -> CloudEvent:
    return CloudEvent(
        id=str(snapshot.id), source="/bench", type=kind, subject=str(snapshot.id), time=clock.now(),
        aggregateversion=1, reason="bench", data=snapshot.model_dump(mode="json"),
    )  # fmt: skip


def _tell_county(code: str, designations: Iterable[str]) -> DivisionSnapshot:
    return DivisionSnapshot.model_validate(
        {
            "id": identify(code), "code": _pad(code), "name": code, "full_name": code, "level": "county",
            "designations": [{"code": one, "source": "bench"} for one in sorted(designations)],
        }
    )  # fmt: skip


def _tell_organization(facts: OrganizationFacts) -> OrganizationSnapshot:
    home, raises = facts.registered_division, facts.public_fundraising
    qualified = {"kind": "public_fundraising", "status": "verified", "held": True}
    return OrganizationSnapshot.model_validate(
        {
            "id": identify(facts.organization_id), "name": f"机构{facts.organization_id}", "type": facts.type,
            "level": facts.level, "is_legal_person": facts.is_legal_person, "registered_division": home and _pad(home),
            "record_division": _pad(home or "51"), "registration_status": facts.registration_status,
            "enrolment_status": facts.enrolment_status, "credit_status": facts.credit_status,
            "annual_check": facts.annual_check and {"year": 2025, "result": facts.annual_check},
            "assessment": facts.assessment and {"grade": facts.assessment.grade},
            "qualifications": [qualified] if raises else [],
        }
    )  # fmt: skip


def _tell_demand(facts: DemandFacts) -> DemandSnapshot:
    return DemandSnapshot.model_validate(
        {
            "id": identify(facts.demand_id), "status": "published", "division": _pad(facts.division_code),
            "level": find_level(facts), "title": facts.title, "description": facts.description,
            "fields": sorted(facts.fields), "help_forms": sorted(facts.help_forms),
            "beneficiary_groups": sorted(facts.groups), "persons": facts.persons,
            "monitored_persons": facts.monitored_persons, "assist_mode": facts.assist_mode or "both",
            "budget_fen": facts.budget_fen, "secured_fen": facts.secured_fen,
            "requires_public_fundraising": facts.requires_public_fundraising, "procurement": facts.procurement,
            "is_resettlement_site": facts.is_resettlement_site, "starts_on": facts.starts_on, "ends_on": facts.ends_on,
            "places": facts.places, "places_taken": 0, "owner_division": _pad(facts.division_code[:6]),
        }
    )  # fmt: skip


def _tell_supply(facts: SupplyFacts) -> SupplySnapshot:
    return SupplySnapshot.model_validate(
        {
            "id": identify(facts.supply_id), "organization_id": identify(facts.organization_id), "status": "listed",
            "title": facts.title, "description": facts.description, "fields": sorted(facts.fields),
            "help_forms": sorted(facts.help_forms), "beneficiary_groups": sorted(facts.groups),
            "assist_mode": facts.assist_mode or "both", "service_regions": list(facts.service_regions),
            "capacity_total": facts.capacity_total, "capacity_used_elsewhere": facts.capacity_used,
            "capacity_used_here": 0, "available_fen": facts.budget_fen,
            "plans_public_fundraising": facts.plans_public_fundraising, "starts_on": facts.starts_on,
            "ends_on": facts.ends_on, "participation_3y": facts.participations_last_3y,
        }
    )  # fmt: skip


def _pad(code: str) -> str:
    return code.ljust(12, "0")
