"""Read a file of the judged-case format (part A) into facts; the judgement itself stays apart from them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from services.matching.evaluation.counties import Counties
from services.matching.scoring.facts import (
    AssessmentFacts,
    DemandFacts,
    Offer,
    OrganizationFacts,
    QualificationFacts,
    SupplyFacts,
)
from shared.contracts.dictionaries import codes_by_alias, codes_by_label

_FEN_PER_YUAN = 100
_SHARE_BASE = 10_000  # a share of persons becomes two counts


@dataclass(frozen=True)
class Expectation:
    """What the judges say about one case."""

    true_matches: frozenset[str]
    excluded: dict[str, frozenset[str]]
    held: dict[str, frozenset[str]]
    above: tuple[tuple[str, str], ...]
    derived: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Case:
    """A demand, the offers among which it chooses, and the judgement."""

    case_id: str
    demand: DemandFacts
    offers: tuple[Offer, ...]
    expectation: Expectation


@dataclass(frozen=True)
class TiltCase:
    """A supply, the demands among which it chooses, and the judged order."""

    case_id: str
    offer: Offer
    demands: tuple[DemandFacts, ...]
    above: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CaseFile:
    """A whole file and its ``as_of`` day."""

    as_of: date
    cases: tuple[Case, ...]
    tilt_cases: tuple[TiltCase, ...]


def read_cases(path: Path, *, counties: Counties) -> CaseFile:
    """
    Read a case file.

    :raises KeyError: if a required key or a label of the dictionaries is missing
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    organizations = content["organisations"]
    return CaseFile(
        as_of=date.fromisoformat(content["meta"]["as_of"]),
        cases=tuple(_read_case(case, organizations) for case in content["cases"]),
        tilt_cases=tuple(_read_tilt_case(case, organizations, counties) for case in content["tilt_cases"]),
    )


def read_organization(record: Mapping[str, Any], organizations: Mapping[str, Any]) -> OrganizationFacts:
    """Turn an organization record of a case file into facts, its cooperating fund-raiser included."""
    partner_id = record["cooperating_fundraiser"]
    partner = organizations.get(partner_id) if partner_id else None
    check, assessment, raising = record["annual_check"], record["assessment"], record["public_fundraising"]
    region = record["registered_region"]
    return OrganizationFacts(
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


def read_supply(record: Mapping[str, Any]) -> SupplyFacts:
    """Turn a supply record of a case file into facts."""
    money = record["budget_available_yuan"]
    return SupplyFacts(
        supply_id=record["id"],
        organization_id=record["org_id"],
        title=record["title"],
        description=record["description"],
        **_read_lists(record),
        service_regions=tuple(record["service_regions"]),
        capacity_total=record["capacity_total"],
        capacity_used=record["capacity_used"],
        budget_fen=None if money is None else money * _FEN_PER_YUAN,
        participations_last_3y=(record.get("rural_participation") or {}).get("projects_last_3y"),
    )


def _read_case(case: Mapping[str, Any], organizations: Mapping[str, Any]) -> Case:
    expect = case["expect"]
    return Case(
        case_id=case["id"],
        demand=_read_demand(case["id"], case["demand"]),
        offers=tuple(
            Offer(supply=read_supply(entry["supply"]), organization=read_organization(entry["org"], organizations))
            for entry in case["pool"]
        ),
        expectation=Expectation(
            true_matches=frozenset(expect["true_matches"]),
            excluded={entry["id"]: frozenset(entry["rules"]) for entry in expect["must_exclude"]},
            held={entry["id"]: frozenset(entry["rules"]) for entry in expect["hold_not_auto_push"]},
            above=tuple((entry["above"], entry["below"]) for entry in expect["above"]),
            derived=tuple((higher, lower) for higher, lower in expect["derived_above_grade3_over_le1"]),
        ),
    )


def _read_demand(case_id: str, record: Mapping[str, Any]) -> DemandFacts:
    stated = {
        "lifted_county_832": record["region_is_poverty_832"],
        "key_county_2021": record["region_is_key_county_2021"] != "no",
    }
    return DemandFacts(
        demand_id=case_id,
        title=record["title"],
        description=record["description"],
        division_code=record["region_code"],
        **_read_lists(record),
        designations=frozenset(designation for designation, holds in stated.items() if holds),
        persons=record["beneficiary_count"],
        budget_fen=record["budget_yuan"] * _FEN_PER_YUAN,
        requires_public_fundraising=record["requires_public_fundraising"],
        procurement=codes_by_label("procurement")[record["procurement"]],
    )


def _read_tilt_case(case: Mapping[str, Any], organizations: Mapping[str, Any], counties: Counties) -> TiltCase:
    supply = case["supply"]
    # Texts decide only where the fields of the demands are given and differ.
    texts_decide = len({tuple(sorted(demand["fields"])) for demand in case["demands"] if demand.get("fields")}) > 1
    return TiltCase(
        case_id=case["id"],
        offer=Offer(supply=read_supply(supply), organization=read_organization(case["org"], organizations)),
        demands=tuple(
            _read_tilt_demand(demand, supply, demand["title"] if texts_decide else case["title"], counties)
            for demand in case["demands"]
        ),
        above=tuple((higher, lower) for higher, lower in case["above"]),
    )


def _read_tilt_demand(
    demand: Mapping[str, Any], supply: Mapping[str, Any], text: str, counties: Counties
) -> DemandFacts:
    share = demand.get("monitored_share")
    level = demand.get("level")
    # What the demand leaves open is that of the supply, so that only the tilt differs.
    lists = {
        name: demand.get(name) or supply[name] for name in ("fields", "help_forms", "beneficiaries", "assist_mode")
    }
    return DemandFacts(
        demand_id=demand["id"],
        title=text,
        description=text,
        division_code=demand["region_code"],
        **_read_lists(lists),
        designations=counties.find_designations(
            demand["region_code"],
            stated={"lifted_county_832": demand.get("is_832"), "key_county_2021": demand.get("is_key")},
        ),
        level=codes_by_label("demand_level")[level] if level else None,
        persons=None if share is None else _SHARE_BASE,
        monitored_persons=None if share is None else round(share * _SHARE_BASE),
    )


def _read_lists(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "fields": _read_codes("field", record["fields"]),
        "help_forms": _read_codes("help_form", record["help_forms"]),
        "groups": _read_codes("beneficiary_group", record["beneficiaries"]),
        "assist_mode": codes_by_label("assist_mode")[record["assist_mode"]],
    }


def _read_codes(dictionary: str, texts: list[str]) -> frozenset[str]:
    return frozenset(codes_by_label(dictionary)[text] for text in texts)


def _find_code(dictionary: str, text: str, otherwise: str) -> str:
    return codes_by_label(dictionary).get(text) or codes_by_alias(dictionary).get(text, otherwise)


def _read_date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
