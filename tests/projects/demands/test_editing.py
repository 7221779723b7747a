"""Editing a demand over HTTP, and recording the steps of its survey."""

import pytest

from tests.projects.library import COUNTY, OTHER_COUNTY, Library, change, ok, path_of, problem, seen


async def test_a_merge_patch_changes_clears_and_keeps(library: Library) -> None:
    demand = await library.demand("draft")
    path = path_of("demand", demand)
    changed = ok(await library.clerk.patch(path, json={"title": "核桃提质", "remark": None}, headers=seen(demand)))
    assert (changed["title"], changed["remark"], changed["persons"]) == ("核桃提质", None, 320)
    assert changed["version"] == demand["version"] + 1
    moved = await library.clerk.patch(path, json={"division": COUNTY}, headers=seen(changed))
    assert ok(moved)["division"] == COUNTY
    away = await library.clerk.patch(path, json={"division": OTHER_COUNTY}, headers=seen(moved.json()))
    assert problem(away) == (403, "out-of-scope", "/division")
    nulled = await library.clerk.patch(path, json={"title": None}, headers=seen(moved.json()))
    assert problem(nulled) == (422, "invalid-request", "/title")
    assert nulled.json()["errors"][0]["code"] == "null_not_allowed"


async def test_the_level_follows_the_place_unless_another_was_named(library: Library) -> None:
    for named, then in ((None, "county"), ("village", "village")):
        demand = await library.demand("draft", level=named)
        moved = await library.clerk.patch(path_of("demand", demand), json={"division": COUNTY}, headers=seen(demand))
        assert (demand["level"], ok(moved)["level"]) == (named or "town", then)


async def test_a_change_needs_the_present_etag(library: Library) -> None:
    demand = await library.demand("draft")
    path = path_of("demand", demand)
    assert problem(await library.clerk.patch(path, json={"persons": 1}))[:2] == (428, "if-match-missing")
    stale = {"If-Match": '"99"'}
    assert problem(await library.clerk.patch(path, json={"persons": 1}, headers=stale))[:2] == (412, "stale")
    odd = {"If-Match": "*"}
    assert problem(await library.clerk.post(f"{path}/submit", headers=odd))[:2] == (422, "if-match-unreadable")
    assert problem(await library.clerk.post(f"{path}/submit", headers=stale))[:2] == (412, "stale")


@pytest.mark.parametrize("state", ["submitted", "approved", "published", "closed"])
async def test_only_drafts_and_returned_demands_are_edited(library: Library, state: str) -> None:
    demand = await library.demand(state)
    refused = await library.clerk.patch(path_of("demand", demand), json={"persons": 1}, headers=seen(demand))
    assert problem(refused)[:2] == (409, "demand-state-forbids")
    assert state in refused.json()["detail"]


async def test_a_returned_demand_is_edited_and_submitted_again(library: Library) -> None:
    demand = await library.demand("returned")
    path = path_of("demand", demand)
    edited = ok(await library.clerk.patch(path, json={"budget_fen": 500_000}, headers=seen(demand)))
    assert edited["status"] == "returned"
    assert ok(await change(library.clerk, f"{path}/submit", edited))["status"] == "submitted"


async def test_survey_steps_are_recorded_on_drafts_and_seen_by_officials(library: Library) -> None:
    demand = await library.demand("draft")
    path = f"{path_of('demand', demand)}/survey-records"
    step = {"stage": "visited", "surveyed_on": "2020-05-01", "office": "新城镇政府", "source": "asked_people"}
    assert ok(await library.editor.post(path, json=step), 201)["stage"] == "visited"
    ok(await library.clerk.post(path, json=step | {"stage": "scoped"}), 201)
    assert ok(await library.clerk.get(path_of("demand", demand)))["survey_stage"] == "visited"
    assert [one["stage"] for one in ok(await library.province.get(path))["items"]] == ["visited", "scoped"]
    assert problem(await library.other_county.get(path))[:2] == (404, "demand-not-found")
    assert problem(await library.organization.get(path))[:2] == (403, "not-allowed")
    later = await library.clerk.post(path, json=step | {"surveyed_on": "2999-01-01"})
    assert problem(later) == (422, "survey-date-in-future", "/surveyed_on")
    assert problem(await library.clerk.post(path, json=step | {"stage": "admitted"}))[2] == "/stage"


async def test_survey_steps_end_with_the_draft(library: Library) -> None:
    demand = await library.demand()
    path = f"{path_of('demand', demand)}/survey-records"
    step = {"stage": "screened", "surveyed_on": "2020-05-01", "office": "县局", "source": "visit"}
    assert problem(await library.clerk.post(path, json=step))[:2] == (409, "demand-state-forbids")
    assert problem(await library.other_county.post(path, json=step))[:2] == (403, "out-of-scope")
    assert problem(await library.other_county.get(path))[:2] == (404, "demand-not-found")
