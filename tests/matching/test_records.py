"""Records of the judged-case format tell all that counts: facts written down are the same facts when read."""

from dataclasses import replace
from datetime import date

import pytest

from services.matching.records.reading import MORE, read_demand, read_organization, read_supply
from services.matching.records.writing import write_demand, write_organization, write_pair, write_supply
from services.matching.scoring.facts import (
    AssessmentFacts,
    DemandFacts,
    Offer,
    OrganizationFacts,
    QualificationFacts,
    SupplyFacts,
)

DAY = date(2026, 11, 22)
DEMAND = DemandFacts(
    demand_id="D", title="村小缺图书", description="想添些书。", division_code="513431",
    fields=frozenset({"education"}), help_forms=frozenset({"fund"}), groups=frozenset({"left_behind_children"}),
    assist_mode="relief", designations=frozenset({"key_county_2021"}), persons=100, budget_fen=1_000_000,
)  # fmt: skip
SUPPLY = SupplyFacts(
    supply_id="S", organization_id="O", title="图书角", description="配图书。", fields=frozenset({"education"}),
    help_forms=frozenset({"fund"}), groups=frozenset(), service_regions=("51", "513431101"), capacity_total=2,
    capacity_used=1, assist_mode="both",
)  # fmt: skip
PARTNER = OrganizationFacts(organization_id="P", type="other", level="none", registered_division=None)
ORGANIZATION = OrganizationFacts(
    organization_id="O", type="foundation", level="provincial", registered_division="510000",
    cooperating_fundraiser=PARTNER,
)  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"division_code": "513431101201", "former_division_codes": ("513430",), "level": "village"},
        {"budget_fen": None, "persons": None, "assist_mode": None, "places": 3, "secured_fen": 12},
        {"budget_fen": 123_456, "starts_on": DAY, "ends_on": DAY, "is_resettlement_site": True},
        {"designations": frozenset({"lifted_county_832", "three_regions"}), "procurement": "government_purchase"},
    ],
)
def test_a_demand_is_read_as_it_was_written(changes: dict[str, object]) -> None:
    demand = replace(DEMAND, **changes)  # type: ignore[arg-type]
    assert read_demand("D", write_demand(demand)) == demand


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"budget_fen": 0, "participations_last_3y": 4, "plans_public_fundraising": True},
        {"budget_fen": 199, "starts_on": DAY, "ends_on": DAY, "service_regions": ("*",)},
    ],
)
def test_a_supply_is_read_as_it_was_written(changes: dict[str, object]) -> None:
    supply = replace(SUPPLY, **changes)  # type: ignore[arg-type]
    assert read_supply(write_supply(supply)) == supply


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"public_fundraising": QualificationFacts(held=True, last_valid_on=DAY), "annual_check": "not_taken"},
        {"public_fundraising": QualificationFacts(held=True, revoked=True), "credit_status": "abnormal"},
        {"assessment": AssessmentFacts(grade="4A", last_valid_on=DAY), "enrolment_status": "suspended"},
        {"charter_fields": frozenset({"health"}), "disclosure_overdue": False, "completed_pairings": 2},
        {"mean_rating": 4.5, "is_legal_person": False, "cooperating_fundraiser": None},
    ],
)
def test_an_organization_is_read_as_it_was_written(changes: dict[str, object]) -> None:
    organization = replace(ORGANIZATION, **changes)  # type: ignore[arg-type]
    partner = write_organization(PARTNER, name="P")
    assert read_organization(write_organization(organization, name="O"), {"P": partner}) == organization


def test_what_only_officials_may_know_of_a_demand_is_not_written_down() -> None:
    pair = write_pair(
        replace(DEMAND, monitored_persons=37), Offer(supply=SUPPLY, organization=ORGANIZATION), organization_name="某会"
    )
    assert "37" not in str(pair)
    assert MORE not in pair["demand"]
    assert (pair["org"]["name"], pair["partner"]["id"]) == ("某会", "P")
