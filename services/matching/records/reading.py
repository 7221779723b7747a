"""Read records of the judged-case format into facts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from services.matching.scoring.facts import (
    AssessmentFacts,
    DemandFacts,
    OrganizationFacts,
    QualificationFacts,
    SupplyFacts,
)
from shared.contracts.dictionaries import codes_by_alias, codes_by_label

FEN_PER_YUAN = 100
MORE = "more"
"""The key of a record under which facts stand that the format has no key for, by their names and codes here."""
_SETS = {"fields", "help_forms", "groups", "designations", "charter_fields"}
_ROWS = {"service_regions", "former_division_codes"}
_DAYS = {"starts_on", "ends_on"}
Facts = TypeVar("Facts", DemandFacts, SupplyFacts, OrganizationFacts)


def read_organization(record: Mapping[str, Any], organizations: Mapping[str, Any]) -> OrganizationFacts:
    """Turn an organization record into facts, its cooperating fund-raiser included."""
    partner_id = record["cooperating_fundraiser"]
    partner = organizations.get(partner_id) if partner_id else None
    check, assessment, raising = record["annual_check"], record["assessment"], record["public_fundraising"]
    region = record["registered_region"]
    facts = OrganizationFacts(
        organization_id=record["id"],
        # 未登记团体 and free text 其他(…) are no organization type of the register.
        type=_find_code("organization_type", record["org_type"], "other"),
        level=_find_code("organization_level", record["org_level"].split("(")[0], "none"),
        registered_division=region if region and region.isdigit() else None,
        registration_status=codes_by_label("registration_status")[record["registration_status"]],
        credit_status=codes_by_label("credit_status")[record["credit_status"]],
        annual_check=codes_by_label("annual_check_result")[check["result"]] if check else None,
        assessment=AssessmentFacts(grade=assessment["grade"], last_valid_on=_read_date(assessment["valid_to"]))
        if assessment
        else None,
        public_fundraising=QualificationFacts(
            held=raising["has"], last_valid_on=_read_date(raising["valid_to"]), revoked=bool(raising.get("state"))
        )
        if raising
        else None,
        # Partners of partners do not count, so the chain ends here.
        cooperating_fundraiser=read_organization({**partner, "cooperating_fundraiser": None}, organizations)
        if partner
        else None,
        is_legal_person=record["legal_person"],
    )
    return _add_more(facts, record)


def read_supply(record: Mapping[str, Any]) -> SupplyFacts:
    """Turn a supply record into facts."""
    money = record["budget_available_yuan"]
    facts = SupplyFacts(
        supply_id=record["id"],
        organization_id=record["org_id"],
        title=record["title"],
        description=record["description"],
        **read_lists(record),
        service_regions=tuple(record["service_regions"]),
        capacity_total=record["capacity_total"],
        capacity_used=record["capacity_used"],
        budget_fen=None if money is None else money * FEN_PER_YUAN,
        participations_last_3y=(record.get("rural_participation") or {}).get("projects_last_3y"),
    )
    return _add_more(facts, record)


def read_demand(demand_id: str, record: Mapping[str, Any]) -> DemandFacts:
    """Turn the demand record of a case into facts; the record bears no id, its case does."""
    stated = {
        "lifted_county_832": record["region_is_poverty_832"],
        "key_county_2021": record["region_is_key_county_2021"] != "no",
    }
    facts = DemandFacts(
        demand_id=demand_id,
        title=record["title"],
        description=record["description"],
        division_code=record["region_code"],
        **read_lists(record),
        designations=frozenset(designation for designation, holds in stated.items() if holds),
        persons=record["beneficiary_count"],
        budget_fen=record["budget_yuan"] * FEN_PER_YUAN,
        requires_public_fundraising=record["requires_public_fundraising"],
        procurement=codes_by_label("procurement")[record["procurement"]],
    )
    return _add_more(facts, record)


def read_lists(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the code lists that a demand and a supply have in common, by the names of the facts."""
    mode = record["assist_mode"]
    return {
        "fields": _read_codes("field", record["fields"]),
        "help_forms": _read_codes("help_form", record["help_forms"]),
        "groups": _read_codes("beneficiary_group", record["beneficiaries"]),
        "assist_mode": codes_by_label("assist_mode")[mode] if mode else None,
    }


def _add_more(facts: Facts, record: Mapping[str, Any]) -> Facts:
    return replace(facts, **{name: _read_fact(name, value) for name, value in record.get(MORE, {}).items()})


def _read_fact(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _SETS:
        return frozenset(value)
    if name in _ROWS:
        return tuple(value)
    return _read_date(value) if name in _DAYS else value


def _read_codes(dictionary: str, texts: list[str]) -> frozenset[str]:
    return frozenset(codes_by_label(dictionary)[text] for text in texts)


def _find_code(dictionary: str, text: str, otherwise: str) -> str:
    return codes_by_label(dictionary).get(text) or codes_by_alias(dictionary).get(text, otherwise)


def _read_date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
