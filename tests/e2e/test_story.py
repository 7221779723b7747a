"""The whole way of a pairing, over HTTP, between processes: from the workbooks to commitments, with a lost race."""

from typing import Any

import pytest

from deploy.demo.story import Stage, hire_subscriber, tell_story
from tests.platform import Platform, free_ports

pytestmark = pytest.mark.xdist_group("platform")


async def test_the_story_is_told_between_separate_processes(platform: Platform) -> None:
    (port,) = free_ports(1)
    stage = Stage(
        urls=platform.urls,
        administrator_secret=platform.secrets["security-administrator"],
        folder=platform.folder,
        subscriber_url=f"http://127.0.0.1:{port}",
    )
    shown: list[list[Any]] = []
    async with hire_subscriber(platform.folder, host="127.0.0.1", port=port) as subscriber:
        report = await tell_story(stage, subscriber, lambda *_progress: None, lambda *found: shown.extend(found))
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
    pairings, reasons = shown
    assert all(one["explanation"]["zh"] for one in pairings)
    assert {one["eligibility"] for one in reasons} == {"excluded", "held"}
