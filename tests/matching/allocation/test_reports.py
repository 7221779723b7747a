"""The reports say whom an allocation reaches and what changed since the last run."""

from services.matching.allocation.reports import OpenDemand, report_churn, report_coverage
from services.matching.scoring.policy import AllocationRules

DEMANDS = [
    OpenDemand("a", "513431101201", is_key=True, served=False),
    OpenDemand("b", "513431101202", is_key=True, served=False),
    OpenDemand("c", "510104000000", is_key=False, served=False),
    OpenDemand("d", "510105001001", is_key=False, served=True),
]


def test_coverage_names_the_unserved_places_and_the_largest_organizations() -> None:
    chosen = [("a", "x"), ("a", "y"), ("a", "z")]
    found = report_coverage(DEMANDS, chosen)
    assert (found["demands"], found["served_demands"]) == (4, 2)
    assert (found["counties"], found["served_counties"], found["unserved_counties"]) == (3, 2, ["510104"])
    assert (found["villages"], found["unserved_villages"]) == (3, ["513431101202"])
    assert (found["key_county_share"], found["organizations"], found["largest_organizations_share"]) == (1.0, 3, 1.0)
    many = [("c", organization) for organization in "abcdefghij"]
    assert report_coverage(DEMANDS, many)["largest_organizations_share"] == 0.5
    assert report_coverage(DEMANDS, [])["key_county_share"] == 0


def test_churn_counts_what_stands_what_is_new_and_what_is_gone() -> None:
    last = {("a", "x"), ("b", "y"), ("c", "z")}
    found = report_churn({("c", "z"), ("d", "x")}, previous_run_id="r", last=last, standing={("a", "x")})
    assert found == {"previous_run_id": "r", "kept": 2, "new": 1, "gone": 1}


def test_an_organization_without_a_share_is_limited_by_its_day_alone() -> None:
    assert AllocationRules(organization_share=None, organization_per_day=5).find_most(1000, 2) == 3
    assert AllocationRules(organization_share=None, organization_per_day=None).find_most(1000) is None
