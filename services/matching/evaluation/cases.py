"""Read a file of the judged-case format (part A) into facts; the judgement itself stays apart from them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from services.matching.evaluation.counties import Counties
from services.matching.records.reading import read_demand, read_lists, read_organization, read_supply
from services.matching.scoring.facts import DemandFacts, Offer
from shared.contracts.dictionaries import codes_by_label

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
    """A demand, the offers among which it chooses, the day on which it does, and the judgement."""

    case_id: str
    demand: DemandFacts
    offers: tuple[Offer, ...]
    as_of: date
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
    organizations, day = content["organisations"], content["meta"]["as_of"]
    return CaseFile(
        as_of=date.fromisoformat(day),
        cases=tuple(_read_case(case, organizations, day) for case in content["cases"]),
        tilt_cases=tuple(_read_tilt_case(case, organizations, counties) for case in content["tilt_cases"]),
    )


def _read_case(case: Mapping[str, Any], organizations: Mapping[str, Any], day: str) -> Case:
    expect = case["expect"]
    return Case(
        case_id=case["id"],
        demand=read_demand(case["id"], case["demand"]),
        offers=tuple(
            Offer(supply=read_supply(entry["supply"]), organization=read_organization(entry["org"], organizations))
            for entry in case["pool"]
        ),
        # A case that comes from answers has a day of its own.
        as_of=date.fromisoformat(case.get("as_of", day)),
        expectation=Expectation(
            true_matches=frozenset(expect["true_matches"]),
            excluded={entry["id"]: frozenset(entry["rules"]) for entry in expect["must_exclude"]},
            held={entry["id"]: frozenset(entry["rules"]) for entry in expect["hold_not_auto_push"]},
            above=tuple((entry["above"], entry["below"]) for entry in expect["above"]),
            derived=tuple((higher, lower) for higher, lower in expect["derived_above_grade3_over_le1"]),
        ),
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
        **read_lists(lists),
        designations=counties.find_designations(
            demand["region_code"],
            stated={"lifted_county_832": demand.get("is_832"), "key_county_2021": demand.get("is_key")},
        ),
        level=codes_by_label("demand_level")[level] if level else None,
        persons=None if share is None else _SHARE_BASE,
        monitored_persons=None if share is None else round(share * _SHARE_BASE),
    )
