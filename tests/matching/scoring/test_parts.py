"""The parts of the fit of a pair, each from 0 to 1."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.matching.scoring.facts import AssessmentFacts
from tests.matching.scoring.builders import TODAY, make_demand, make_offer, make_organization, make_supply
from tests.matching.scoring.scored_pairs import KEY, read_part, score


def test_the_parts_add_up_to_the_total() -> None:
    pair = score(make_demand(designations=KEY))
    assert sum(part.weight for part in pair.fit_parts) == pytest.approx(1)
    assert pair.fit == pytest.approx(sum(part.points for part in pair.fit_parts))
    assert pair.tilt == pytest.approx(sum(part.points for part in pair.tilt_parts))
    assert pair.total == pytest.approx(pair.fit + pair.tilt, abs=1e-6)
    assert pair.status == "eligible"


@pytest.mark.parametrize(
    ("demand", "supply", "value"),
    [
        ({"fields": frozenset({"education", "health"})}, {}, 0.75),
        ({"fields": frozenset({"health"})}, {}, 0.0),
        ({"fields": frozenset()}, {}, 0.5),
        ({}, {"fields": frozenset({"education", "health", "industry"})}, 1.0),
    ],
)
def test_a_broad_supply_is_not_punished_for_its_longer_list(
    demand: dict[str, Any], supply: dict[str, Any], value: float
) -> None:
    assert read_part(score(make_demand(**demand), make_offer(make_supply(**supply))), "field") == value


@pytest.mark.parametrize(
    ("wanted", "offered", "value"),
    [
        ({"fund"}, {"fund"}, 1.0),
        ({"fund"}, {"expertise", "trade"}, 0.5),
        ({"fund"}, {"trade"}, 0.0),
        ({"fund", "trade"}, {"trade"}, 0.375),
        ({"trade"}, {"trade"}, 1.0),
    ],
)
def test_an_offer_that_only_trades_comes_after_those_that_help(
    wanted: set[str], offered: set[str], value: float
) -> None:
    demand = make_demand(help_forms=frozenset(wanted))
    pair = score(demand, make_offer(make_supply(help_forms=frozenset(offered))))
    assert read_part(pair, "help_forms") == value


def test_a_narrower_group_counts_as_its_wider_one() -> None:
    demand = make_demand(groups=frozenset({"orphans"}))
    pair = score(demand, make_offer(make_supply(groups=frozenset({"children_youth"}))))
    assert read_part(pair, "groups") == pytest.approx((1 + 1 / 3) / 2)


@pytest.mark.parametrize(
    ("need", "secured", "money", "value"),
    [
        (1000, None, 1000, 1.0),
        (1000, None, 5000, 1.0),
        (1000, None, 500, 0.75),
        (1000, 500, 500, 1.0),
        (1000, 1000, 1, 1.0),
        (1000, None, 0, 0.0),
        (1000, None, None, 0.75),
        (None, None, 500, 0.75),
    ],
)
def test_the_budget_part_is_the_share_of_the_need_that_money_covers(
    need: int | None, secured: int | None, money: int | None, value: float
) -> None:
    demand = make_demand(budget_fen=need, secured_fen=secured)
    assert read_part(score(demand, make_offer(make_supply(budget_fen=money))), "budget") == value


@pytest.mark.parametrize(
    ("assessment", "value"),
    [
        (None, 0.0),
        (AssessmentFacts(grade="5A"), 1.0),
        (AssessmentFacts(grade="3A", last_valid_on=TODAY), 0.6),
        (AssessmentFacts(grade="5A", last_valid_on=TODAY - timedelta(days=1)), 0.0),
    ],
)
def test_an_expired_grade_counts_as_none(assessment: AssessmentFacts | None, value: float) -> None:
    pair = score(offer=make_offer(organization=make_organization(assessment=assessment)))
    assert read_part(pair, "track_record") == value


def test_the_track_record_is_the_mean_of_what_is_known() -> None:
    organization = make_organization(
        assessment=AssessmentFacts(grade="5A"), completed_pairings=6, mean_rating=3.0, disclosure_overdue=False
    )
    assert read_part(score(offer=make_offer(organization=organization)), "track_record") == pytest.approx(3.5 / 4)
    late = replace(organization, disclosure_overdue=True)
    assert read_part(score(offer=make_offer(organization=late)), "track_record") == pytest.approx(2.5 / 4)


@pytest.mark.parametrize(
    ("wanted", "offered", "value"),
    [
        ("relief", "relief", 1.0),
        ("relief", "development", 0.0),
        ("both", "development", 1.0),
        (None, "relief", 0.5),
        ("relief", None, 0.5),
    ],
)
def test_the_assist_mode_is_compared(wanted: str | None, offered: str | None, value: float) -> None:
    pair = score(make_demand(assist_mode=wanted), make_offer(make_supply(assist_mode=offered)))
    assert read_part(pair, "assist_mode") == value


def test_the_time_part_is_the_share_of_the_period_that_is_covered() -> None:
    demand = make_demand(starts_on=date(2027, 1, 1), ends_on=date(2027, 1, 10))
    supply = make_supply(starts_on=date(2027, 1, 6), ends_on=date(2027, 12, 31))
    assert read_part(score(demand, make_offer(supply)), "time") == 0.5
    assert read_part(score(demand), "time") == 0.5
    reversed_period = replace(demand, starts_on=date(2027, 2, 1))
    assert read_part(score(reversed_period, make_offer(supply)), "time") == 0.5


@pytest.mark.parametrize(("kind", "value"), [("foundation", 1.0), ("association", 0.0), ("other", 0.5)])
def test_an_organization_type_suits_some_forms_of_help(kind: str, value: float) -> None:
    pair = score(offer=make_offer(organization=make_organization(type=kind)))
    assert read_part(pair, "type_affinity") == value
