"""The whole way of a pairing, over HTTP, between processes: from the workbooks to commitments, with a lost race."""

import asyncio
from typing import Any

import pytest

from deploy.demo.actors import Actor, Cast, Refused
from deploy.demo.story import Stage, hire_subscriber, tell_story
from tests.platform import Platform, free_ports

pytestmark = pytest.mark.xdist_group("platform")

ORGANIZATION = {"name": "演示之外的互助会", "type": "community_organization", "level": "community",
                "is_legal_person": False, "registered_division": "513221000000", "charter_scope": "养蜂"}  # fmt: skip
SUPPLY = {"title": "自己填的供给", "description": "演示之外的人填的,不归演示管。", "capacity_total": 2,
          "fields": ["agritech"], "help_forms": ["expertise"], "beneficiary_groups": ["farmers"],
          "assist_mode": "development", "service_regions": ["51"], "starts_on": "2027-01-01",
          "ends_on": "2027-12-31"}  # fmt: skip


async def draft_supply(cast: Cast) -> tuple[Actor, str]:
    """Let an organization that is not of the sample draft a supply, as soon as projects knows it."""
    civil = await cast.play("person", "civil_affairs_officer", "民政", division="510000000000")
    made = await civil.post("/registry/v1/organizations", ORGANIZATION)
    await civil.change(f"/registry/v1/organizations/{made['id']}", "activate")
    organization = await cast.organization(made["id"])
    for _ in range(100):
        try:
            return organization, (await organization.post("/projects/v1/supplies", SUPPLY))["id"]
        except Refused:
            await asyncio.sleep(0.2)
    raise AssertionError("projects has not read the organization")


async def answer_unheard(cast: Cast) -> None:
    """Let a county answer a proposal, and wait until the push of it has failed."""
    rural = await cast.play("rural-a", "rural_officer", "农业农村部门 经办", division="100000000000")
    proposed = [one for one in await rural.list("/matching/v1/pairings") if one["phase"] == "proposed"]
    county = await cast.county(proposed[0]["demand_division"])
    await county.post(f"/matching/v1/pairings/{proposed[0]['id']}/answers", {"side": "demand", "answer": "interested"})
    for _ in range(100):
        deliveries = await rural.list("/matching/v1/deliveries")
        if any(one["status"] == "pending" and one["last_fault"] for one in deliveries):
            return
        await asyncio.sleep(0.2)
    raise AssertionError("nothing was sent in vain")


async def test_the_story_is_told_between_separate_processes(platform: Platform) -> None:
    (port,) = free_ports(1)
    stage = Stage(
        urls=platform.urls,
        administrator_secret=platform.secrets["security-administrator"],
        folder=platform.folder,
        subscriber_url=f"http://127.0.0.1:{port}",
    )
    shown: list[list[Any]] = []
    cast = Cast(platform.urls, platform.secrets["security-administrator"], platform.folder / "person.json")
    organization, draft = await draft_supply(cast)
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
    assert (await organization.get(f"/projects/v1/supplies/{draft}"))["status"] == "draft", "it is none of the story's"
    await cast.close()

    demo = Cast(platform.urls, platform.secrets["security-administrator"], platform.folder / "demo-clients.json")
    await answer_unheard(demo)
    await demo.close()
    async with hire_subscriber(platform.folder, host="127.0.0.1", port=port) as subscriber:
        again = await tell_story(stage, subscriber, lambda *_progress: None, lambda *_found: None)
    assert again["pushes_waiting"] == report["pushes_waiting"] == 0
    assert again["signatures_verified"] == again["pushed"] > report["pushed"]
    changing = {"seconds", "pushed", "signatures_verified"}
    assert {name: again[name] for name in again.keys() - changing} == {
        name: report[name] for name in report.keys() - changing
    }
