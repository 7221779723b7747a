"""A demand on its way over HTTP: submitted, closed, withdrawn, expired, and who hears of it."""

import pytest

from services.projects.worker import expire
from shared.db import Database
from tests.projects.library import DEMAND, Library, change, ok, path_of, problem

PATH = "/projects/v1/demands"


async def test_an_incomplete_draft_is_not_submitted(library: Library) -> None:
    demand = ok(await library.clerk.post(PATH, json=DEMAND), 201)
    refused = await change(library.clerk, f"{PATH}/{demand['id']}/submit", demand)
    assert problem(refused) == (422, "demand-incomplete", "/policy_gap")
    assert ok(await library.clerk.get(f"{PATH}/{demand['id']}"))["status"] == "draft"


async def test_a_published_demand_is_closed_as_completed_or_merged(library: Library) -> None:
    demand = await library.demand()
    path = f"{path_of('demand', demand)}/close"
    assert problem(await change(library.clerk, path, demand, json={"reason": "expired"}))[:1] == (422,)
    closed = ok(await change(library.clerk, path, demand, json={"reason": "completed"}))
    assert (closed["status"], closed["close_reason"]) == ("closed", "completed")
    early = await library.demand("approved")
    refused = await change(library.clerk, f"{path_of('demand', early)}/close", early, json={"reason": "merged"})
    assert problem(refused)[:2] == (409, "demand-state-forbids")


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "approved", "published"])
async def test_a_demand_is_withdrawn_from_any_open_state(library: Library, state: str) -> None:
    demand = await library.demand(state)
    closed = ok(await change(library.clerk, f"{path_of('demand', demand)}/withdraw", demand))
    assert (closed["status"], closed["close_reason"]) == ("closed", "withdrawn")


async def test_drafts_are_private_and_every_change_from_submission_on_is_announced(library: Library) -> None:
    await library.demand("draft")
    withdrawn = await library.demand("draft")
    ok(await change(library.clerk, f"{path_of('demand', withdrawn)}/withdraw", withdrawn))
    assert await library.events() == []
    demand = await library.demand("closed")
    events = await library.events("projects.demand.changed.v1")
    assert [event["reason"] for event in events] == ["submitted", "approved", "published", "withdrawn"]
    versions = [event["aggregateversion"] for event in events]
    assert versions == sorted(set(versions))
    assert events[-1]["data"]["status"] == "closed"
    assert {event["subject"] for event in events} == {demand["id"]}
    snapshot = await library.service.get("/projects/v1/feed/snapshot", params={"type": "projects.demand.changed.v1"})
    assert [one["subject"] for one in ok(snapshot)["items"]] == [demand["id"]]


async def test_open_demands_close_the_day_after_their_last_day(
    library: Library, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = await library.demand(ends_on="2030-06-30")
    private = await library.demand("draft", ends_on="2030-06-30")
    lasting = await library.demand(ends_on="2030-07-01")
    monkeypatch.setenv("XIANGQIAO_AS_OF", "2030-06-30")
    await expire(database)
    assert ok(await library.clerk.get(path_of("demand", ended)))["status"] == "published"
    monkeypatch.setenv("XIANGQIAO_AS_OF", "2030-07-01")
    await expire(database)
    for demand in (ended, private):
        assert ok(await library.clerk.get(path_of("demand", demand)))["close_reason"] == "expired"
    assert ok(await library.clerk.get(path_of("demand", lasting)))["status"] == "published"
    last = (await library.events())[-1]
    assert (last["reason"], last["subject"]) == ("expired", ended["id"])
