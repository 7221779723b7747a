"""May these two work together: every gate that fires on a pair, and what the policy makes of it.

Source: design of matching, section 1; exact meaning and boundaries as in the judged-case format, A1 and A2. When a gate
fires is fixed here; whether it excludes, holds or is off is the policy's, as far as the law permits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.matching.scoring.facts import WHOLE_COUNTRY, DemandFacts, OrganizationFacts, SupplyFacts
from services.matching.scoring.reasons import Fact, GateCode, Gates, Reason

_FAILED_CHECKS = ("failed", "not_taken")
Fired = tuple[GateCode, tuple[Fact, ...]]


@dataclass(frozen=True, slots=True)
class GateResult:
    """The answer of the gates: excluded, held, or (both empty) eligible."""

    excluded: tuple[Reason, ...] = ()
    held: tuple[Reason, ...] = ()

    @property
    def is_eligible(self) -> bool:
        """Tell whether nothing stands in the way of a proposal."""
        return not self.excluded and not self.held


NO_REASONS = GateResult()


def check_gates(
    demand: DemandFacts, supply: SupplyFacts, organization: OrganizationFacts, *, as_of: date, gates: Gates
) -> GateResult:
    """Return every reason against a pair under a policy's gates in documented order; no excluded pair is also held."""
    excluded: list[Reason] = []
    held: list[Reason] = []
    for code, facts in _list_fired(demand, supply, organization, as_of):
        rule = gates[code]
        if rule.effect == "off":
            continue
        # A purchase cannot wait for an officer's release: what would be held is excluded.
        waits = rule.effect == "holds" and not demand.is_government_purchase
        (held if waits else excluded).append(Reason(code, facts, rule))
    return GateResult(excluded=tuple(excluded)) if excluded else GateResult(held=tuple(held))


def is_valid_fundraiser(organization: OrganizationFacts | None, *, as_of: date) -> bool:
    """Tell whether a named partner may raise publicly: registered, on neither list, qualified itself on the day."""
    return (
        organization is not None
        and organization.registration_status == "normal"
        and organization.enrolment_status != "left"
        and organization.credit_status == "normal"
        and organization.public_fundraising is not None
        and organization.public_fundraising.is_valid_on(as_of)
    )


def serves_place(supply: SupplyFacts, demand: DemandFacts) -> bool:
    """Tell whether a service region contains the demand's place, under its present or a former code."""
    codes = (demand.division_code, *demand.former_division_codes)
    return WHOLE_COUNTRY in supply.service_regions or any(
        code.startswith(region) for region in supply.service_regions for code in codes
    )


def _list_fired(
    demand: DemandFacts, supply: SupplyFacts, organization: OrganizationFacts, as_of: date
) -> Iterator[Fired]:
    yield from _check_standing(organization)
    yield from _check_reach(demand, supply)
    yield from _check_fundraising(demand, supply, organization, as_of)
    yield from _check_purchase(demand, organization)
    yield from _check_dates(demand, supply)
    yield from _check_conduct(demand, organization)


def _check_standing(organization: OrganizationFacts) -> Iterator[Fired]:
    status = organization.registration_status
    if status == "not_registered":
        yield "E_NOT_REGISTERED", (Fact("registration_status", status),)
    if status in ("deregistered", "revoked"):
        yield "E_DEREGISTERED", (Fact("registration_status", status),)
    elif organization.enrolment_status == "left":
        yield "E_DEREGISTERED", (Fact("enrolment_status", "left"),)
    if organization.credit_status == "seriously_illegal":
        yield "E_CREDIT_BLACKLIST", (Fact("credit_status", organization.credit_status),)


def _check_reach(demand: DemandFacts, supply: SupplyFacts) -> Iterator[Fired]:
    if not serves_place(supply, demand):
        yield (
            "E_REGION",
            (Fact("division_code", demand.division_code), Fact("service_regions", ", ".join(supply.service_regions))),
        )
    if supply.capacity_used >= supply.capacity_total:
        yield (
            "E_CAPACITY_FULL",
            (Fact("capacity_used", supply.capacity_used), Fact("capacity_total", supply.capacity_total)),
        )


def _check_fundraising(
    demand: DemandFacts, supply: SupplyFacts, organization: OrganizationFacts, as_of: date
) -> Iterator[Fired]:
    if not (demand.requires_public_fundraising or supply.plans_public_fundraising):
        return
    own = organization.public_fundraising
    if own is not None and own.is_valid_on(as_of):
        return
    partner = organization.cooperating_fundraiser
    if is_valid_fundraiser(partner, as_of=as_of):
        return
    named = Fact("cooperating_fundraiser", partner.organization_id if partner else None)
    if own is None:
        yield "E_NO_PUBLIC_FUNDRAISING", (Fact("public_fundraising", None), named)
    else:
        state = "revoked" if own.revoked else "not_held" if not own.held else "expired"
        yield (
            "E_PF_INVALID",
            (
                Fact("public_fundraising", state),
                Fact("last_valid_on", own.last_valid_on.isoformat() if own.last_valid_on else None),
                named,
            ),
        )


def _check_purchase(demand: DemandFacts, organization: OrganizationFacts) -> Iterator[Fired]:
    if not demand.is_government_purchase:
        return
    if not organization.is_legal_person:
        yield "E_NOT_LEGAL_PERSON", (Fact("is_legal_person", False),)
    if organization.credit_status == "abnormal":
        yield "E_PROC_ABNORMAL", (Fact("credit_status", organization.credit_status),)
    if organization.annual_check in _FAILED_CHECKS:
        yield "E_PROC_ANNUAL", (Fact("annual_check", organization.annual_check),)


def _check_dates(demand: DemandFacts, supply: SupplyFacts) -> Iterator[Fired]:
    too_late = supply.starts_on and demand.ends_on and supply.starts_on > demand.ends_on
    too_early = supply.ends_on and demand.starts_on and supply.ends_on < demand.starts_on
    if too_late or too_early:
        periods = {
            "supply_starts_on": supply.starts_on,
            "supply_ends_on": supply.ends_on,
            "demand_starts_on": demand.starts_on,
            "demand_ends_on": demand.ends_on,
        }
        yield "E_DATES", tuple(Fact(name, day.isoformat() if day else None) for name, day in periods.items())


def _check_conduct(demand: DemandFacts, organization: OrganizationFacts) -> Iterator[Fired]:
    if not demand.is_government_purchase:  # there the same two facts are E_PROC_ABNORMAL and E_PROC_ANNUAL
        if organization.credit_status == "abnormal":
            yield "H_ABNORMAL", (Fact("credit_status", organization.credit_status),)
        if organization.annual_check in _FAILED_CHECKS:
            yield "H_ANNUAL", (Fact("annual_check", organization.annual_check),)
    scope = organization.charter_fields
    if scope is not None and demand.fields and not (demand.fields & scope):
        yield "H_CHARTER", (Fact("fields", ", ".join(sorted(demand.fields))),)
    if organization.disclosure_overdue:
        yield "H_DISCLOSURE", (Fact("disclosure_overdue", True),)
