"""May these two work together: every exclusion (E_) and hold (H_) of the matching rules, with the fact behind it.

Source: design of matching, section 1; exact meaning and boundaries as in the judged-case format, A1 and A2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.matching.scoring.facts import WHOLE_COUNTRY, DemandFacts, OrganizationFacts, SupplyFacts
from services.matching.scoring.reasons import Fact, Reason

_FAILED_CHECKS = ("failed", "not_taken")


@dataclass(frozen=True, slots=True)
class GateResult:
    """The answer of the gates: excluded, held, or (both empty) eligible."""

    excluded: tuple[Reason, ...] = ()
    held: tuple[Reason, ...] = ()

    @property
    def is_eligible(self) -> bool:
        """Tell whether nothing stands in the way of a proposal."""
        return not self.excluded and not self.held


def check_gates(
    demand: DemandFacts, supply: SupplyFacts, organization: OrganizationFacts, *, as_of: date
) -> GateResult:
    """Return every reason against a pair in documented order; an excluded pair is never also held."""
    excluded = [
        *_check_standing(organization),
        *_check_reach(demand, supply),
        *_check_fundraising(demand, supply, organization, as_of),
        *_check_purchase(demand, organization),
        *_check_dates(demand, supply),
    ]
    held = [*_check_holds(demand, organization)]
    if demand.is_government_purchase:
        # A purchase cannot wait for an officer's release: what would be held is excluded.
        excluded += held
    if excluded:
        return GateResult(excluded=tuple(excluded))
    return GateResult(held=tuple(held))


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


def _check_standing(organization: OrganizationFacts) -> Iterator[Reason]:
    status = organization.registration_status
    if status == "not_registered":
        yield Reason("E_NOT_REGISTERED", (Fact("registration_status", status),))
    if status in ("deregistered", "revoked"):
        yield Reason("E_DEREGISTERED", (Fact("registration_status", status),))
    elif organization.enrolment_status == "left":
        yield Reason("E_DEREGISTERED", (Fact("enrolment_status", "left"),))
    if organization.credit_status == "seriously_illegal":
        yield Reason("E_CREDIT_BLACKLIST", (Fact("credit_status", organization.credit_status),))


def _check_reach(demand: DemandFacts, supply: SupplyFacts) -> Iterator[Reason]:
    if not serves_place(supply, demand):
        yield Reason(
            "E_REGION",
            (Fact("division_code", demand.division_code), Fact("service_regions", ", ".join(supply.service_regions))),
        )
    if supply.capacity_used >= supply.capacity_total:
        yield Reason(
            "E_CAPACITY_FULL",
            (Fact("capacity_used", supply.capacity_used), Fact("capacity_total", supply.capacity_total)),
        )


def _check_fundraising(
    demand: DemandFacts, supply: SupplyFacts, organization: OrganizationFacts, as_of: date
) -> Iterator[Reason]:
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
        yield Reason("E_NO_PUBLIC_FUNDRAISING", (Fact("public_fundraising", None), named))
    else:
        state = "revoked" if own.revoked else "not_held" if not own.held else "expired"
        yield Reason(
            "E_PF_INVALID",
            (
                Fact("public_fundraising", state),
                Fact("last_valid_on", own.last_valid_on.isoformat() if own.last_valid_on else None),
                named,
            ),
        )


def _check_purchase(demand: DemandFacts, organization: OrganizationFacts) -> Iterator[Reason]:
    if not demand.is_government_purchase:
        return
    if not organization.is_legal_person:
        yield Reason("E_NOT_LEGAL_PERSON", (Fact("is_legal_person", False),))
    if organization.credit_status == "abnormal":
        yield Reason("E_PROC_ABNORMAL", (Fact("credit_status", organization.credit_status),))
    if organization.annual_check in _FAILED_CHECKS:
        yield Reason("E_PROC_ANNUAL", (Fact("annual_check", organization.annual_check),))


def _check_dates(demand: DemandFacts, supply: SupplyFacts) -> Iterator[Reason]:
    too_late = supply.starts_on and demand.ends_on and supply.starts_on > demand.ends_on
    too_early = supply.ends_on and demand.starts_on and supply.ends_on < demand.starts_on
    if too_late or too_early:
        periods = {
            "supply_starts_on": supply.starts_on,
            "supply_ends_on": supply.ends_on,
            "demand_starts_on": demand.starts_on,
            "demand_ends_on": demand.ends_on,
        }
        yield Reason("E_DATES", tuple(Fact(name, day.isoformat() if day else None) for name, day in periods.items()))


def _check_holds(demand: DemandFacts, organization: OrganizationFacts) -> Iterator[Reason]:
    if not demand.is_government_purchase:  # there the same two facts are E_PROC_ABNORMAL and E_PROC_ANNUAL
        if organization.credit_status == "abnormal":
            yield Reason("H_ABNORMAL", (Fact("credit_status", organization.credit_status),))
        if organization.annual_check in _FAILED_CHECKS:
            yield Reason("H_ANNUAL", (Fact("annual_check", organization.annual_check),))
    scope = organization.charter_fields
    if scope is not None and demand.fields and not (demand.fields & scope):
        yield Reason("H_CHARTER", (Fact("fields", ", ".join(sorted(demand.fields))),))
    if organization.disclosure_overdue:
        yield Reason("H_DISCLOSURE", (Fact("disclosure_overdue", True),))
