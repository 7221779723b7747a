"""The whole way of a pairing, over HTTP, between processes: from the workbooks to commitments, with a lost race."""

import pytest

from tests.e2e.conftest import Told

pytestmark = pytest.mark.xdist_group("platform")


async def test_the_story_is_told_between_separate_processes(told: Told) -> None:
    report = told.report
    assert report["organizations"] >= 95
    assert report["supplies"] >= 130
    assert report["demands"] == 90
    assert report["published"] == 71
    assert report["excluded_pairs"] > 0
    assert report["held_pairs"] > 0
    assert report["next_best"] > 0
    assert report["declined"] > 0
    assert report["pushed"] > 0
    assert report["signatures_verified"] == report["pushed"]
    assert report["confirmed"] > 0
    assert report["lost_race"] >= 1
    assert report["commitments"] == report["confirmed"]
    assert report["contacts_shown"] > 0
    pairings, reasons = told.shown
    assert all(one["explanation"]["zh"] for one in pairings)
    assert {one["eligibility"] for one in reasons} == {"excluded", "held"}
