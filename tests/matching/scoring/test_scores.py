"""Fit, tilt, order and explanation of pairs."""

import json
from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.matching.scoring.explanation import explain_pair, tell_pair
from services.matching.scoring.facts import AssessmentFacts, DemandFacts, Offer
from services.matching.scoring.policy import load_policy, parse_policy
from services.matching.scoring.ranking import PairScore, rank_demands, rank_supplies, score_pair, score_pairs
from services.matching.scoring.tilt import find_level
from shared.contracts.dictionaries import dictionaries
from tests.matching.scoring.builders import (
    TODAY,
    HashTextModel,
    make_demand,
    make_offer,
    make_organization,
    make_supply,
)

POLICY = load_policy()
MODEL = HashTextModel()
KEY = frozenset({"lifted_county_832", "key_county_2021"})


def score(demand: DemandFacts | None = None, offer: Offer | None = None) -> PairScore:
    offer = offer or make_offer()
    return score_pair(
        demand or make_demand(),
        offer.supply,
        offer.organization,
        policy=POLICY,
        as_of=TODAY,
        text_model=MODEL,
    )


def read_part(pair: PairScore, name: str) -> float:
    return next(part.value for part in (*pair.fit_parts, *pair.tilt_parts) if part.name == name)


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


@pytest.mark.parametrize(
    ("division", "level", "found"),
    [
        ("510703", None, "county"),
        ("510703001", None, "town"),
        ("510703001002", None, "village"),
        ("510703", "village", "village"),
    ],
)
def test_the_level_is_read_from_the_code_where_it_is_not_recorded(division: str, level: str | None, found: str) -> None:
    assert find_level(make_demand(division_code=division, level=level)) == found


def test_village_comes_before_town_before_county() -> None:
    totals = [score(make_demand(level=level)).total for level in ("village", "town", "county")]
    assert totals == sorted(totals, reverse=True)
    assert len(set(totals)) == 3


def test_key_county_comes_before_lifted_county_before_others_for_a_national_organization() -> None:
    offer = make_offer(organization=make_organization(level="national", registered_division="100000"))
    sets = (KEY, frozenset({"lifted_county_832"}), frozenset[str]())
    totals = [score(make_demand(designations=designations), offer).total for designations in sets]
    assert totals == sorted(totals, reverse=True)
    assert len(set(totals)) == 3


def test_a_resettlement_site_counts_as_less_developed() -> None:
    assert read_part(score(make_demand(is_resettlement_site=True)), "less_developed") == POLICY.resettlement_value


def test_more_people_in_difficulty_rank_higher() -> None:
    many = make_demand(persons=100, monitored_persons=35)
    few = make_demand(persons=100, monitored_persons=5)
    nobody = make_demand(groups=frozenset())
    assert score(many).tilt > score(few).tilt > score(nobody).tilt
    assert read_part(score(make_demand(groups=frozenset({"orphans"}))), "people_in_difficulty") == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("home", "division", "value"),
    [
        ("510703", "510703001002", "county"),
        ("510700", "510703", "prefecture"),
        ("510000", "510703", "province"),
        ("510722", "510703", None),
        ("510800", "510703", None),
        ("100000", "510703", None),
        (None, "510703", None),
    ],
)
def test_an_organization_is_preferred_at_its_own_place(home: str | None, division: str, value: Any) -> None:
    offer = make_offer(organization=make_organization(registered_division=home))
    expected = POLICY.own_place_values[value] if value else 0.0
    assert read_part(score(make_demand(division_code=division), offer), "channel_own_place") == expected
    poor = make_demand(division_code=division, designations=KEY)
    assert read_part(score(poor, offer), "channel_own_place") == expected * POLICY.own_place_in_less_developed


def test_an_eastern_organization_is_led_to_the_paired_province() -> None:
    offer = make_offer(make_supply(service_regions=("*",)), make_organization(registered_division="330000"))
    assert read_part(score(make_demand(), offer), "channel_east_west") == 1
    assert read_part(score(make_demand(division_code="520281"), offer), "channel_east_west") == 0


demands = st.builds(
    make_demand,
    demand_id=st.sampled_from(["a", "b", "c"]),
    title=st.sampled_from(["缺水", "缺书", "没人看病"]),
    designations=st.sampled_from([frozenset[str](), frozenset({"lifted_county_832"}), KEY]),
    level=st.sampled_from([None, "village", "town", "county"]),
    monitored_persons=st.none() | st.integers(0, 100),
    fields=st.sampled_from([frozenset({"education"}), frozenset({"health", "livelihood"})]),
    groups=st.sampled_from([frozenset({"orphans"}), frozenset({"villagers", "disabled"})]),
    procurement=st.sampled_from(["none", "government_purchase"]),
    division_code=st.sampled_from(["510703", "513429001002", "510722"]),
)
organizations = st.builds(
    make_organization,
    level=st.sampled_from(["national", "provincial", "county", "community"]),
    registered_division=st.sampled_from([None, "100000", "330000", "510000", "510703"]),
    credit_status=st.sampled_from(["normal", "normal", "abnormal"]),
)
supplies = st.builds(
    make_supply,
    supply_id=st.sampled_from(["x", "y", "z", "w"]),
    title=st.sampled_from(["打井", "送书", "义诊"]),
    budget_fen=st.none() | st.integers(0, 20_000_00),
    capacity_used=st.integers(0, 5),
    participations_last_3y=st.none() | st.integers(0, 3),
    assist_mode=st.sampled_from([None, "relief", "development", "both"]),
)
offers = st.builds(make_offer, supplies, organizations)


@given(demands, offers)
def test_the_tilt_is_never_over_its_caps(demand: DemandFacts, offer: Offer) -> None:
    pair = score(demand, offer)
    assert 0 <= pair.tilt <= POLICY.tilt_share_of_fit * pair.fit + 1e-12
    assert all(0 <= part.value <= 1 for part in (*pair.fit_parts, *pair.tilt_parts))
    assert all(part.points <= POLICY.tilt_caps[part.name] for part in pair.tilt_parts)  # type: ignore[index]
    assert 0 <= pair.fit <= 1


@given(st.lists(offers, max_size=6, unique_by=lambda offer: offer.supply.supply_id), demands, st.randoms())
@settings(max_examples=50)
def test_the_order_of_the_input_does_not_matter(pool: list[Offer], demand: DemandFacts, random: Any) -> None:
    shuffled = list(pool)
    random.shuffle(shuffled)
    ranked = rank_supplies(demand, pool, policy=POLICY, as_of=TODAY, text_model=MODEL)
    assert ranked == rank_supplies(demand, shuffled, policy=POLICY, as_of=TODAY, text_model=MODEL)
    alone = {pair.supply_id: pair for pair in ranked}
    assert all(score(demand, offer) == alone[offer.supply.supply_id] for offer in pool)


@given(demands, offers, organizations)
def test_government_purchase_ignores_tilt_and_place(demand: DemandFacts, offer: Offer, other: Any) -> None:
    purchase = replace(demand, procurement="government_purchase")
    moved = replace(
        purchase,
        designations=KEY,
        level="village",
        monitored_persons=100,
    )
    elsewhere = replace(offer.organization, level=other.level, registered_division=other.registered_division)
    first = score(purchase, offer)
    assert first.tilt == 0
    assert first.tilt_parts == ()
    assert score(moved, offer).total == first.total
    assert score(purchase, replace(offer, organization=elsewhere)).total == first.total
    busy = replace(offer.supply, participations_last_3y=9)
    finished = replace(offer.organization, completed_pairings=9, mean_rating=5.0, disclosure_overdue=False)
    assert score(purchase, Offer(supply=busy, organization=finished)).total == first.total


def test_participation_breaks_only_exact_ties_in_government_purchase() -> None:
    demand = make_demand(procurement="government_purchase")
    idle = make_offer(make_supply(supply_id="a"))
    active = make_offer(make_supply(supply_id="b", participations_last_3y=2))
    better = make_offer(make_supply(supply_id="c", groups=frozenset({"children_youth"})))
    worse = replace(active, supply=replace(active.supply, supply_id="d", groups=frozenset({"elderly"})))
    ranked = rank_supplies(demand, [idle, active, better, worse], policy=POLICY, as_of=TODAY, text_model=MODEL)
    assert [pair.supply_id for pair in ranked] == ["b", "a", "c", "d"]


def test_held_pairs_rank_behind_eligible_and_excluded_ones_last() -> None:
    held = make_offer(make_supply(supply_id="a"), make_organization(credit_status="abnormal"))
    excluded = make_offer(make_supply(supply_id="b", capacity_used=5))
    weak = make_offer(make_supply(supply_id="c", fields=frozenset(), budget_fen=0))
    ranked = rank_supplies(make_demand(), [held, excluded, weak], policy=POLICY, as_of=TODAY, text_model=MODEL)
    assert [(pair.supply_id, pair.status) for pair in ranked] == [("c", "eligible"), ("a", "held"), ("b", "excluded")]


def test_development_comes_before_relief_when_the_score_is_equal() -> None:
    demand = make_demand(assist_mode="both")
    pool = [make_offer(make_supply(supply_id=mode, assist_mode=mode)) for mode in ("relief", "both", "development")]
    ranked = rank_supplies(demand, pool, policy=POLICY, as_of=TODAY, text_model=MODEL)
    assert [pair.supply_id for pair in ranked] == ["development", "both", "relief"]


def test_demands_are_ranked_for_an_offer() -> None:
    village = make_demand(demand_id="a", level="village")
    county = make_demand(demand_id="b", level="county")
    ranked = rank_demands(make_offer(), [county, village], policy=POLICY, as_of=TODAY, text_model=MODEL)
    assert [pair.demand_id for pair in ranked] == ["a", "b"]
    assert score_pairs([], [], policy=POLICY, as_of=TODAY, text_model=MODEL) == []


def test_an_explanation_tells_parts_and_reasons_in_two_languages() -> None:
    demand = make_demand(designations=KEY, level="village", persons=10, monitored_persons=4)
    explained = explain_pair(score(demand), policy=POLICY)
    assert explained["status"] == "eligible"
    assert [part["name"] for part in explained["fit_parts"]] == list(POLICY.fit_weights)
    chinese, english = "".join(explained["sentences"]["zh-CN"]), "".join(explained["sentences"]["en"])
    for expected in ("领域:需要教育助学,相合教育助学", "缺口10,000元", "监测对象占40%", "向基层", "未知"):
        assert expected in chinese
    for expected in ("10,000 yuan", "Education", "40% monitored", "unknown"):
        assert expected in english


def test_an_excluded_pair_tells_its_reason_and_remedy_first() -> None:
    pair = score(offer=make_offer(make_supply(capacity_used=5, groups=frozenset({"elderly"}))))
    sentences = tell_pair(pair, "zh-CN", policy=POLICY)
    assert sentences[:2] == ["该供给的可承接数已用完。", "等待名额释放,或改选同类供给。"]
    assert explain_pair(pair, policy=POLICY)["excluded"][0]["code"] == "E_CAPACITY_FULL"
    assert "相合无" in "".join(part["sentence"]["zh-CN"] for part in explain_pair(pair, policy=POLICY)["fit_parts"])


def test_a_purchase_tells_that_nothing_is_preferred() -> None:
    pair = score(make_demand(procurement="government_purchase"))
    assert tell_pair(pair, "en", policy=POLICY)[-1].startswith("Government purchase: no tilt")


def test_without_any_tilt_nothing_is_said_about_it() -> None:
    demand = make_demand(groups=frozenset({"children_youth"}))
    offer = make_offer(organization=make_organization(registered_division=None))
    pair = score(demand, offer)
    assert pair.tilt == 0
    assert POLICY.citations["tilt"].zh not in tell_pair(pair, "zh-CN", policy=POLICY)


def test_the_default_policy_knows_only_codes_of_the_dictionaries() -> None:
    def codes(name: str) -> set[str]:
        return {item.code for item in dictionaries()[name].items}

    assert POLICY.type_affinity.keys() <= codes("organization_type")
    assert {form for forms in POLICY.type_affinity.values() for form in forms} <= codes("help_form")
    assert POLICY.level_values.keys() == codes("demand_level")
    assert POLICY.designation_values.keys() <= codes("designation")
    assert set(POLICY.channel_levels) <= codes("organization_level")


@pytest.mark.parametrize("change", [{"extra": 1}, {"tilt_share_of_fit": 0.3}, {"pushes_per_demand": 0}])
def test_a_policy_with_a_fault_is_refused(change: dict[str, Any]) -> None:
    text = files("services.matching.scoring").joinpath("policies/2026-01.json").read_text(encoding="utf-8")
    assert parse_policy(text) == POLICY
    with pytest.raises(ValidationError):
        parse_policy(json.dumps({**json.loads(text), **change}))
