"""The bench makes a market of several provinces up, and measures how the engine grows from one to more."""

import json
from pathlib import Path

import pytest

from bench.matching.__main__ import main
from bench.matching.province import Province, count_provinces

pytestmark = pytest.mark.xdist_group("kernels")  # compiled once, by one process


def test_a_larger_market_is_of_several_provinces_each_served_by_its_own() -> None:
    province = Province(provinces=3)
    homes = [demand.division_code[:2] for demand in province.make_demands(900)]
    assert {home: round(homes.count(home) / 300) for home in homes} == {"51": 1, "41": 1, "13": 1}
    offers = [offer for offer in province.make_offers(900) if offer.supply.service_regions != ("*",)]
    registered = [str(offer.organization.registered_division)[:2] for offer in offers]
    assert set(registered) == set(homes)
    for offer, home in zip(offers, registered, strict=True):
        assert {region[:2] for region in offer.supply.service_regions} == {home}


def test_up_to_a_full_province_there_is_one() -> None:
    assert [count_provinces(size) for size in (10, 100_000, 199_999, 1_000_000)] == [1, 1, 1, 10]


def test_a_larger_market_is_compared_with_one_province_in_the_same_run(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    assert main(["--size", "120", "--province-size", "60", "--sample", "3", "--skip-sql", "--json", str(path)]) == 0
    report = json.loads(path.read_text(encoding="utf-8"))
    figures, bars = report["figures"], {bar["name"]: bar["bar"] for bar in report["bars"]}
    assert (figures["first_size"], figures["size"], figures["places_size"]) == (60, 120, 60)
    assert figures["exact_equal"] == figures["exact_sample"] == 3
    assert (bars["online p99, 120 / 60"], bars["whole job, 120 / 60"]) == ("≤ 2", "≤ 5")
