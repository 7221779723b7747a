"""What would have to change for an excluded or held pair to become eligible: facts, not advice.

Every change is tried on the facts and the gates are asked again, so that what hides behind an exclusion (a hold) is
told too, and the changes together are proven to be enough.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.matching.scoring.facts import DemandFacts, OrganizationFacts, QualificationFacts, SupplyFacts
from services.matching.scoring.gates import check_gates
from services.matching.scoring.reasons import Gates, Reason

NEEDS_FUNDRAISER = frozenset({"E_NO_PUBLIC_FUNDRAISING", "E_PF_INVALID"})
"""The exclusions that a qualified cooperating fund-raiser lifts (募用分离)."""


@dataclass(frozen=True, slots=True)
class Change:
    """What must be otherwise about the supply or its organization for one reason to fall away."""

    reason: Reason
    needed: Mapping[str, str | int | bool]
    is_held: bool

    @property
    def otherwise(self) -> str | None:
        """Return what does instead of the change: an officer's release, or a fund-raiser that is named."""
        if self.reason.code in NEEDS_FUNDRAISER:
            return "cooperating_fundraiser"
        return "officer_release" if self.is_held else None


def list_changes(
    demand: DemandFacts, supply: SupplyFacts, organization: OrganizationFacts, *, as_of: date, gates: Gates
) -> tuple[Change, ...]:
    """Return the changes after which a pair is eligible on a day, in the order of its reasons; none if it is."""
    changes: list[Change] = []
    while True:
        result = check_gates(demand, supply, organization, as_of=as_of, gates=gates)
        if result.is_eligible:
            return tuple(changes)
        for reason in (*result.excluded, *result.held):
            of_supply, of_organization = _MENDING[reason.code](demand, supply, organization)
            supply, organization = replace(supply, **of_supply), replace(organization, **of_organization)
            needed = {name: _show(value) for name, value in {**of_supply, **of_organization}.items()}
            changes.append(Change(reason, needed, is_held=bool(result.held)))


Facts = dict[str, Any]
Mend = Callable[[DemandFacts, SupplyFacts, OrganizationFacts], tuple[Facts, Facts]]


def _organization(**facts: Any) -> Mend:
    return lambda *_: ({}, facts)


def _rejoin(_demand: DemandFacts, _supply: SupplyFacts, organization: OrganizationFacts) -> tuple[Facts, Facts]:
    facts: Facts = {} if organization.registration_status == "normal" else {"registration_status": "normal"}
    return {}, facts | ({"enrolment_status": "active"} if organization.enrolment_status == "left" else {})


def _serve_place(demand: DemandFacts, supply: SupplyFacts, _organization: OrganizationFacts) -> tuple[Facts, Facts]:
    return {"service_regions": (*supply.service_regions, demand.division_code[:6])}, {}


def _make_room(_demand: DemandFacts, supply: SupplyFacts, _organization: OrganizationFacts) -> tuple[Facts, Facts]:
    return {"capacity_total": supply.capacity_used + 1}, {}


def _meet(demand: DemandFacts, supply: SupplyFacts, _organization: OrganizationFacts) -> tuple[Facts, Facts]:
    facts: Facts = {}
    if supply.starts_on and demand.ends_on and supply.starts_on > demand.ends_on:
        facts["starts_on"] = demand.ends_on
    if supply.ends_on and demand.starts_on and supply.ends_on < demand.starts_on:
        facts["ends_on"] = demand.starts_on
    return facts, {}


def _widen_charter(demand: DemandFacts, _supply: SupplyFacts, organization: OrganizationFacts) -> tuple[Facts, Facts]:
    return {}, {"charter_fields": (organization.charter_fields or frozenset()) | demand.fields}


_MENDING: Mapping[str, Mend] = {
    "E_NOT_REGISTERED": _organization(registration_status="normal"),
    "E_DEREGISTERED": _rejoin,
    "E_CREDIT_BLACKLIST": _organization(credit_status="normal"),
    "E_REGION": _serve_place,
    "E_CAPACITY_FULL": _make_room,
    "E_NO_PUBLIC_FUNDRAISING": _organization(public_fundraising=QualificationFacts(held=True)),
    "E_PF_INVALID": _organization(public_fundraising=QualificationFacts(held=True)),
    "E_NOT_LEGAL_PERSON": _organization(is_legal_person=True),
    "E_PROC_ABNORMAL": _organization(credit_status="normal"),
    "E_PROC_ANNUAL": _organization(annual_check="passed"),
    "E_DATES": _meet,
    "H_ABNORMAL": _organization(credit_status="normal"),
    "H_ANNUAL": _organization(annual_check="passed"),
    "H_CHARTER": _widen_charter,
    "H_DISCLOSURE": _organization(disclosure_overdue=False),
}


def _show(value: Any) -> str | int | bool:
    if isinstance(value, QualificationFacts):
        return "valid"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, frozenset)):
        return ", ".join(sorted(value))
    known: str | int | bool = value
    return known
