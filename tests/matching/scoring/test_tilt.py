"""The tilt of a pair: towards the grass roots, the less developed, people in difficulty, and its channel."""

from typing import Any

import pytest

from services.matching.scoring.tilt import find_level
from tests.matching.scoring.builders import make_demand, make_offer, make_organization, make_supply
from tests.matching.scoring.scored_pairs import KEY, POLICY, read_part, score


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
