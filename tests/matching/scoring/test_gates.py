"""Every gate and hold, case by case, with its boundary days."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.scoring.facts import DemandFacts, QualificationFacts, make_region_prefix
from services.matching.scoring.gates import GateResult, check_gates, is_valid_fundraiser
from services.matching.scoring.policy import load_policy
from tests.matching.scoring.builders import TODAY, VALID, make_demand, make_organization, make_supply

YESTERDAY = TODAY - timedelta(days=1)
GATES = load_policy().gates
PURCHASE = {"procurement": "government_purchase"}
RAISING = {"requires_public_fundraising": True}


def check(
    demand: dict[str, Any] | None = None,
    supply: dict[str, Any] | None = None,
    organization: dict[str, Any] | None = None,
) -> GateResult:
    return check_gates(
        make_demand(**(demand or {})),
        make_supply(**(supply or {})),
        make_organization(**(organization or {})),
        as_of=TODAY,
        gates=GATES,
    )


def list_excluded(result: GateResult) -> list[str]:
    return [reason.code for reason in result.excluded]


def list_held(result: GateResult) -> list[str]:
    return [reason.code for reason in result.held]


def test_a_pair_without_obstacle_is_eligible() -> None:
    assert check().is_eligible


@pytest.mark.parametrize(
    ("organization", "code"),
    [
        ({"registration_status": "not_registered"}, "E_NOT_REGISTERED"),
        ({"registration_status": "deregistered"}, "E_DEREGISTERED"),
        ({"registration_status": "revoked"}, "E_DEREGISTERED"),
        ({"enrolment_status": "left"}, "E_DEREGISTERED"),
        ({"credit_status": "seriously_illegal"}, "E_CREDIT_BLACKLIST"),
    ],
)
def test_a_bad_standing_excludes(organization: dict[str, Any], code: str) -> None:
    assert list_excluded(check(organization=organization)) == [code]


def test_a_deregistered_organization_that_left_is_told_once() -> None:
    result = check(organization={"registration_status": "deregistered", "enrolment_status": "left"})
    assert list_excluded(result) == ["E_DEREGISTERED"]


@pytest.mark.parametrize("regions", [("*",), ("51",), ("5107",), ("510703",), ("33", "5107")])
def test_a_service_region_that_contains_the_place_lets_it_pass(regions: tuple[str, ...]) -> None:
    assert check(supply={"service_regions": regions}).is_eligible


@pytest.mark.parametrize("regions", [("33",), ("5108",), ("510722",), ("510703001",), ()])
def test_a_service_region_elsewhere_excludes(regions: tuple[str, ...]) -> None:
    assert list_excluded(check(supply={"service_regions": regions})) == ["E_REGION"]


def test_a_village_lies_in_the_region_of_its_town() -> None:
    supply = {"service_regions": ("510703001",)}
    assert check({"division_code": "510703001002"}, supply).is_eligible
    assert list_excluded(check({"division_code": "510703002002"}, supply)) == ["E_REGION"]


def test_a_former_code_of_the_place_still_counts() -> None:
    changes = {"division_code": "540481", "former_division_codes": ("542623", "540422")}
    assert check(changes, {"service_regions": ("542623",)}).is_eligible


@pytest.mark.parametrize(("used", "total", "is_full"), [(4, 5, False), (5, 5, True), (6, 5, True), (0, 0, True)])
def test_a_full_supply_is_excluded(used: int, total: int, is_full: bool) -> None:
    result = check(supply={"capacity_used": used, "capacity_total": total})
    assert (list_excluded(result) == ["E_CAPACITY_FULL"]) is is_full


@pytest.mark.parametrize(
    ("qualification", "codes"),
    [
        (None, ["E_NO_PUBLIC_FUNDRAISING"]),
        (QualificationFacts(held=True), []),
        (QualificationFacts(held=True, last_valid_on=TODAY), []),
        (QualificationFacts(held=True, last_valid_on=YESTERDAY), ["E_PF_INVALID"]),
        (QualificationFacts(held=True, revoked=True), ["E_PF_INVALID"]),
        (QualificationFacts(held=False), ["E_PF_INVALID"]),
    ],
)
def test_public_fundraising_needs_a_qualification_valid_on_the_day(
    qualification: QualificationFacts | None, codes: list[str]
) -> None:
    organization = {"public_fundraising": qualification}
    assert list_excluded(check(RAISING, organization=organization)) == codes
    assert list_excluded(check(None, {"plans_public_fundraising": True}, organization)) == codes
    assert check(organization=organization).is_eligible


@pytest.mark.parametrize("own", [None, QualificationFacts(held=True, last_valid_on=YESTERDAY)])
def test_a_valid_partner_saves_an_organization_without_qualification(own: QualificationFacts | None) -> None:
    partner = make_organization(organization_id="partner", public_fundraising=VALID)
    assert check(RAISING, organization={"public_fundraising": own, "cooperating_fundraiser": partner}).is_eligible


@pytest.mark.parametrize(
    "change",
    [
        {"registration_status": "deregistered"},
        {"enrolment_status": "left"},
        {"credit_status": "abnormal"},
        {"credit_status": "seriously_illegal"},
        {"public_fundraising": None},
        {"public_fundraising": QualificationFacts(held=True, last_valid_on=YESTERDAY)},
    ],
)
def test_an_unfit_partner_saves_nobody(change: dict[str, Any]) -> None:
    partner = make_organization(**{"public_fundraising": VALID, **change})
    assert not is_valid_fundraiser(partner, as_of=TODAY)
    result = check(RAISING, organization={"cooperating_fundraiser": partner})
    assert list_excluded(result) == ["E_NO_PUBLIC_FUNDRAISING"]


def test_a_partner_of_a_partner_does_not_count() -> None:
    second = make_organization(public_fundraising=VALID)
    first = make_organization(cooperating_fundraiser=second)
    result = check(RAISING, organization={"cooperating_fundraiser": first})
    assert list_excluded(result) == ["E_NO_PUBLIC_FUNDRAISING"]


@pytest.mark.parametrize(
    ("organization", "excluded", "held"),
    [
        ({"is_legal_person": False}, ["E_NOT_LEGAL_PERSON"], []),
        ({"credit_status": "abnormal"}, ["E_PROC_ABNORMAL"], ["H_ABNORMAL"]),
        ({"annual_check": "failed"}, ["E_PROC_ANNUAL"], ["H_ANNUAL"]),
        ({"annual_check": "not_taken"}, ["E_PROC_ANNUAL"], ["H_ANNUAL"]),
        ({"annual_check": "basically_passed"}, [], []),
        ({"annual_check": None}, [], []),
        ({"charter_fields": frozenset({"health"})}, ["H_CHARTER"], ["H_CHARTER"]),
        ({"charter_fields": frozenset({"health", "education"})}, [], []),
        ({"charter_fields": None}, [], []),
        ({"disclosure_overdue": True}, ["H_DISCLOSURE"], ["H_DISCLOSURE"]),
        ({"disclosure_overdue": False}, [], []),
    ],
)
def test_what_holds_elsewhere_excludes_in_government_purchase(
    organization: dict[str, Any], excluded: list[str], held: list[str]
) -> None:
    assert list_excluded(check(PURCHASE, organization=organization)) == excluded
    result = check(organization=organization)
    assert (list_excluded(result), list_held(result)) == ([], held)


def test_an_excluded_pair_is_not_also_held() -> None:
    result = check(None, {"capacity_used": 5}, {"credit_status": "abnormal"})
    assert (list_excluded(result), list_held(result)) == (["E_CAPACITY_FULL"], [])


def test_every_exclusion_is_listed_in_documented_order() -> None:
    result = check(
        {**PURCHASE, **RAISING, "ends_on": YESTERDAY},
        {"service_regions": ("33",), "capacity_used": 9, "starts_on": TODAY},
        {
            "registration_status": "revoked",
            "credit_status": "seriously_illegal",
            "is_legal_person": False,
            "annual_check": "failed",
        },
    )
    assert list_excluded(result) == [
        "E_DEREGISTERED",
        "E_CREDIT_BLACKLIST",
        "E_REGION",
        "E_CAPACITY_FULL",
        "E_NO_PUBLIC_FUNDRAISING",
        "E_NOT_LEGAL_PERSON",
        "E_PROC_ANNUAL",
        "E_DATES",
    ]


@pytest.mark.parametrize(
    ("demand", "supply", "codes"),
    [
        ({"ends_on": TODAY}, {"starts_on": TODAY}, []),
        ({"ends_on": YESTERDAY}, {"starts_on": TODAY}, ["E_DATES"]),
        ({"starts_on": TODAY}, {"ends_on": TODAY}, []),
        ({"starts_on": TODAY}, {"ends_on": YESTERDAY}, ["E_DATES"]),
        ({"ends_on": YESTERDAY}, {}, []),
        ({}, {"starts_on": TODAY, "ends_on": TODAY}, []),
    ],
)
def test_periods_must_share_a_day_where_they_are_known(
    demand: dict[str, Any], supply: dict[str, Any], codes: list[str]
) -> None:
    assert list_excluded(check(demand, supply)) == codes


def test_every_reason_has_fact_remedy_and_citation_in_two_languages() -> None:
    organization = {"public_fundraising": QualificationFacts(held=True, last_valid_on=YESTERDAY)}
    described = check(RAISING, organization=organization).excluded[0].describe()
    assert described["facts"] == {
        "public_fundraising": "expired",
        "last_valid_on": "2026-11-21",
        "cooperating_fundraiser": None,
    }
    assert "合作募捐方" in described["remedy"]["zh-CN"]
    assert "fund-raiser" in described["remedy"]["en"]


@given(
    last_valid_on=st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    held=st.booleans(),
    revoked=st.booleans(),
    needs=st.booleans(),
    plans=st.booleans(),
    has_partner=st.booleans(),
)
def test_taking_a_qualification_away_never_makes_eligible(
    last_valid_on: date | None, held: bool, revoked: bool, needs: bool, plans: bool, has_partner: bool
) -> None:
    own = QualificationFacts(held=held, last_valid_on=last_valid_on, revoked=revoked)
    partner = make_organization(public_fundraising=VALID) if has_partner else None
    demand = make_demand(requires_public_fundraising=needs)
    supply = make_supply(plans_public_fundraising=plans)
    organization = make_organization(public_fundraising=own, cooperating_fundraiser=partner)
    before = check_gates(demand, supply, organization, as_of=TODAY, gates=GATES)
    for poorer in (
        replace(organization, public_fundraising=None),
        replace(organization, cooperating_fundraiser=None),
        replace(organization, public_fundraising=replace(own, revoked=True)),
    ):
        after = check_gates(demand, supply, poorer, as_of=TODAY, gates=GATES)
        assert before.is_eligible or not after.is_eligible


@pytest.mark.parametrize("code", ["51", "51070", "510703a", "*"])
def test_a_place_without_a_division_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="division code"):
        make_demand(division_code=code)


@pytest.mark.parametrize("region", ["5", "510", "全国", "5107031"])
def test_a_service_region_that_is_no_prefix_is_refused(region: str) -> None:
    with pytest.raises(ValueError, match="service region"):
        make_supply(service_regions=(region,))


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("510000", "51"),
        ("510700", "5107"),
        ("510703", "510703"),
        ("51", "51"),
        ("510703000000", "510703"),
        ("510703001000", "510703001"),
        ("510703001002", "510703001002"),
        ("510000000000", "51"),
        ("100000", "*"),
        ("100000000000", "*"),
        ("", "*"),
    ],
)
def test_a_division_code_becomes_the_prefix_it_serves(code: str, prefix: str) -> None:
    assert make_region_prefix(code) == prefix


def test_the_open_need_is_what_is_not_yet_secured() -> None:
    assert make_demand(budget_fen=None).open_need_fen is None
    assert make_demand(budget_fen=500, secured_fen=200).open_need_fen == 300
    assert make_demand(budget_fen=500, secured_fen=900).open_need_fen == 0
    assert isinstance(make_demand(), DemandFacts)
