"""Write facts down as records of the judged-case format, so that reading them gives the same facts again."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from typing import Any

from services.matching.records.reading import FEN_PER_YUAN, MORE, Facts, read_demand, read_organization, read_supply
from services.matching.scoring.facts import DemandFacts, Offer, OrganizationFacts, SupplyFacts
from shared.contracts.dictionaries import labels

_NOWHERE = "—"
# The first is a record of its own. The second is for officials only, and moves no order among a demand's supplies.
_LEFT_OUT = {"cooperating_fundraiser", "monitored_persons"}


def write_pair(demand: DemandFacts, offer: Offer, *, organization_name: str) -> dict[str, Any]:
    """Return a demand and an offer as records: ``demand``, ``supply``, ``org``, and ``partner`` if one is named."""
    organization = offer.organization
    pair = {
        "demand": write_demand(demand),
        "supply": write_supply(offer.supply),
        "org": write_organization(organization, name=organization_name),
    }
    if partner := organization.cooperating_fundraiser:
        pair["partner"] = write_organization(partner, name=partner.organization_id)
    return pair


def write_organization(facts: OrganizationFacts, *, name: str) -> dict[str, Any]:
    """Return the record of an organization; the year of its annual check is not known here."""
    assessment, raising, partner = facts.assessment, facts.public_fundraising, facts.cooperating_fundraiser
    record = {
        "id": facts.organization_id,
        "name": name,
        "is_real": True,
        "org_type": labels("organization_type")[facts.type],
        "org_level": labels("organization_level")[facts.level],
        "registered_region": facts.registered_division or _NOWHERE,
        "registration_status": labels("registration_status")[facts.registration_status],
        "credit_status": labels("credit_status")[facts.credit_status],
        "credit_since": None,
        "annual_check": {"year": None, "result": labels("annual_check_result")[facts.annual_check]}
        if facts.annual_check
        else None,
        "assessment": {"grade": assessment.grade, "valid_to": _plain(assessment.last_valid_on)} if assessment else None,
        "public_fundraising": {"has": raising.held, "valid_to": _plain(raising.last_valid_on)}
        | ({"state": "已被吊销"} if raising.revoked else {})
        if raising
        else None,
        "tax_deduction_valid_to": None,
        "cooperating_fundraiser": partner.organization_id if partner else None,
        "legal_person": facts.is_legal_person,
    }
    return _with_more(record, facts, read_organization(record, {}))


def write_supply(facts: SupplyFacts) -> dict[str, Any]:
    """Return the record of a supply; money in yuan, what is less than a yuan stands in fen under ``more``."""
    record = {
        "id": facts.supply_id,
        "org_id": facts.organization_id,
        "title": facts.title,
        "description": facts.description,
        **_write_lists(facts),
        "service_regions": list(facts.service_regions),
        "capacity_total": facts.capacity_total,
        "capacity_used": facts.capacity_used,
        "budget_available_yuan": None if facts.budget_fen is None else facts.budget_fen // FEN_PER_YUAN,
        "rural_participation": {"projects_last_3y": facts.participations_last_3y},
    }
    return _with_more(record, facts, read_supply(record))


def write_demand(facts: DemandFacts) -> dict[str, Any]:
    """Return the demand record of a case: place by county, whatever is finer or has no key stands under ``more``."""
    county = facts.division_code[:6]
    record = {
        "title": facts.title,
        "description": facts.description,
        "region_code": county,
        "region_name": county,
        **_write_lists(facts),
        "beneficiary_count": facts.persons or 0,
        "budget_yuan": (facts.budget_fen or 0) // FEN_PER_YUAN,
        "requires_public_fundraising": facts.requires_public_fundraising,
        "procurement": labels("procurement")[facts.procurement],
        "region_is_poverty_832": "lifted_county_832" in facts.designations,
        "region_is_key_county_2021": "read" if "key_county_2021" in facts.designations else "no",
    }
    return _with_more(record, facts, read_demand(facts.demand_id, record))


def _write_lists(facts: DemandFacts | SupplyFacts) -> dict[str, Any]:
    return {
        "fields": _write_codes("field", facts.fields),
        "help_forms": _write_codes("help_form", facts.help_forms),
        "beneficiaries": _write_codes("beneficiary_group", facts.groups),
        "assist_mode": labels("assist_mode")[facts.assist_mode] if facts.assist_mode else None,
    }


def _with_more(record: dict[str, Any], facts: Facts, told: Facts) -> dict[str, Any]:
    """Add whatever the format's own keys do not tell."""
    more = {
        one.name: _plain(getattr(facts, one.name))
        for one in fields(facts)
        if one.name not in _LEFT_OUT and getattr(facts, one.name) != getattr(told, one.name)
    }
    return record | ({MORE: more} if more else {})


def _write_codes(dictionary: str, codes: Iterable[str]) -> list[str]:
    return [labels(dictionary)[code] for code in sorted(codes)]


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else list(value) if isinstance(value, tuple) else value
