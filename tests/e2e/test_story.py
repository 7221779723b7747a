"""The whole way of a pairing, over HTTP, between processes: from the workbooks to commitments, with a lost race."""

import asyncio
import json

import pytest

from deploy.demo.actors import Cast
from deploy.demo.offices import play_nation
from deploy.demo.story import hire_subscriber, tell_story
from tests.e2e.conftest import Told

pytestmark = pytest.mark.xdist_group("platform")


async def answer_unheard(cast: Cast) -> None:
    """Let a county answer a proposal, and wait until the push of it has failed."""
    rural = await play_nation(cast)
    proposed = [one for one in await rural.list("/matching/v1/pairings") if one["phase"] == "proposed"]
    county = await cast.county(proposed[0]["demand_division"])
    await county.post(f"/matching/v1/pairings/{proposed[0]['id']}/answers", {"side": "demand", "answer": "interested"})
    for _ in range(100):
        deliveries = await rural.list("/matching/v1/deliveries")
        if any(one["status"] == "pending" and one["last_fault"] for one in deliveries):
            return
        await asyncio.sleep(0.2)
    raise AssertionError("nothing was sent in vain")


async def test_the_story_is_told_between_separate_processes(told: Told) -> None:
    report, platform, stage = told.report, told.platform, told.stage
    assert report["organizations"] == 96, "the stranger is none of the sample"
    assert report["supplies"] == 137
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
    assert (report["started"], report["completed"], report["fell_through"]) == (4, 1, 1)
    assert report["contacts_shown"] > 0
    pairings, reasons = told.shown
    assert all(one["explanation"]["zh"] for one in pairings)
    assert {one["eligibility"] for one in reasons} == {"excluded", "held"}
    person = Cast(platform.urls, platform.secrets, platform.folder / "person.json")
    draft = await (await person.organization(told.stranger)).get(f"/projects/v1/supplies/{told.draft}")
    assert draft["status"] == "draft", "it is none of the story's"
    await person.close()

    demo = Cast(platform.urls, platform.secrets, platform.folder / "demo-clients.json")
    partner = await demo.play("partner-demo", "partner_application", "演示合作应用")
    [grant] = (await partner.get("/registry/v1/grants"))["items"]
    kept = json.loads((platform.folder / "demo-clients.json").read_text(encoding="utf-8"))
    assert (grant["granted_by"], grant["id"]) == ("rural-a", kept["partner-demo grant_id"])
    assert "subscriptions.manage" in grant["scopes"]
    await answer_unheard(demo)
    await demo.close()
    async with hire_subscriber(platform.folder, host="127.0.0.1", port=told.port) as subscriber:
        again = await tell_story(stage, subscriber, lambda *_progress: None, lambda *_found: None)
    assert again["pushes_waiting"] == report["pushes_waiting"] == 0
    assert again["signatures_verified"] == again["pushed"] > report["pushed"]
    changing = {"seconds", "pushed", "signatures_verified"}
    assert {name: again[name] for name in again.keys() - changing} == {
        name: report[name] for name in report.keys() - changing
    }
