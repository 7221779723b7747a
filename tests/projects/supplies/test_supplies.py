"""Supplies over HTTP: drafting by the organization and on its behalf, listing, bad input, and who sees what."""

from typing import Any
from uuid import uuid4

import pytest

from services.projects.worker import expire
from shared.contracts.codes import EnrolmentStatus, Role
from shared.db import Database
from tests.projects.library import (
    SUPPLY,
    Library,
    change,
    mirror_organization,
    ok,
    path_of,
    problem,
    seen,
)

PATH = "/projects/v1/supplies"


async def test_an_organization_drafts_its_own_supply(library: Library) -> None:
    created = await library.organization.post(PATH, json=SUPPLY)
    supply = ok(created, 201)
    assert supply["organization_id"] == str(library.organization_id)
    assert (supply["status"], supply["capacity_used_here"]) == ("draft", 0)
    assert created.headers["location"] == f"{PATH}/{supply['id']}"
    assert ok(await library.organization.get(f"{PATH}/{supply['id']}")) == supply


async def test_its_civil_affairs_office_drafts_on_its_behalf(library: Library) -> None:
    body = SUPPLY | {"organization_id": str(library.organization_id)}
    ok(await library.civil_affairs.post(PATH, json=body), 201)
    assert problem(await library.civil_affairs.post(PATH, json=SUPPLY)) == (422, "owner-missing", "/organization_id")
    assert problem(await library.other_civil_affairs.post(PATH, json=body))[:2] == (403, "out-of-scope")
    unknown = await library.civil_affairs.post(PATH, json=SUPPLY | {"organization_id": str(uuid4())})
    assert problem(unknown) == (422, "organization-unknown", "/organization_id")


async def test_nobody_drafts_for_another_organization_or_from_the_demand_side(library: Library) -> None:
    body = SUPPLY | {"organization_id": str(library.organization_id)}
    assert problem(await library.stranger.post(PATH, json=body))[:2] == (403, "out-of-scope")
    assert problem(await library.stranger.post(PATH, json=SUPPLY))[:2] == (422, "organization-unknown")
    assert problem(await library.clerk.post(PATH, json=body))[:2] == (403, "not-allowed")


@pytest.mark.parametrize("status", [one for one in EnrolmentStatus if one is not EnrolmentStatus.ACTIVE])
async def test_only_an_active_organization_offers(
    library: Library, database: Database, status: EnrolmentStatus
) -> None:
    draft, approved = await library.supply("draft"), await library.supply("approved")
    await mirror_organization(database, library.organization_id, version=2, enrolment_status=status)
    assert problem(await library.organization.post(PATH, json=SUPPLY))[:2] == (409, "organization-not-active")
    for step, supply in (("submit", draft), ("list", approved)):
        refused = await change(library.organization, f"{path_of('supply', supply)}/{step}", supply)
        assert problem(refused)[:2] == (409, "organization-not-active")


@pytest.mark.parametrize(
    ("changes", "slug", "pointer"),
    [
        ({"capacity": 1}, "invalid-request", "/capacity"),
        ({"capacity_total": -1}, "invalid-request", "/capacity_total"),
        ({"capacity_used_elsewhere": 4}, "capacity-used-exceeds-total", "/capacity_used_elsewhere"),
        ({"service_regions": ["四川"]}, "invalid-request", "/service_regions/0"),
        ({"starts_on": "2100-01-01"}, "supply-period-reversed", "/ends_on"),
        ({"description": "联系人王小明,13912345678"}, "invalid-request", "/description"),
    ],
)
async def test_bad_input_is_a_problem_that_names_its_field(
    library: Library, changes: dict[str, Any], slug: str, pointer: str
) -> None:
    refused = await library.organization.post(PATH, json=SUPPLY | changes)
    assert problem(refused) == (422, slug, pointer)
    assert "13912345678" not in refused.text


async def test_the_whole_country_swallows_other_regions(library: Library) -> None:
    supply = await library.supply("draft", service_regions=["51", "*", "62"])
    assert supply["service_regions"] == ["*"]
    supply = await library.supply("draft", service_regions=["51", "44", "51"])
    assert supply["service_regions"] == ["51", "44"]


@pytest.mark.parametrize("code", ["*", "100000"])
async def test_the_whole_country_has_two_spellings(library: Library, code: str) -> None:
    assert (await library.supply("draft", service_regions=["51", code]))["service_regions"] == ["*"]


@pytest.mark.parametrize("code", ["99", "5199", "513499", "513431999"])
async def test_a_region_that_is_no_division_in_force_is_refused_at_its_field(library: Library, code: str) -> None:
    fault = (422, "division-unknown", "/service_regions")
    body = SUPPLY | {"service_regions": ["51", code]}
    assert problem(await library.organization.post("/projects/v1/supplies", json=body)) == fault
    supply = await library.supply("draft")
    changes = {"service_regions": [code]}
    refused = await library.organization.patch(path_of("supply", supply), json=changes, headers=seen(supply))
    assert problem(refused) == fault


async def test_a_region_written_with_its_zeros_is_the_region(library: Library) -> None:
    supply = await library.supply("draft", service_regions=["510000", "513400", "513431000", "51", "5134"])
    assert supply["service_regions"] == ["51", "5134", "513431"]


async def test_drafts_and_returned_supplies_are_edited_and_nothing_else(library: Library) -> None:
    for state in ("draft", "returned"):
        supply = await library.supply(state)
        patch = {"capacity_total": 5, "ends_on": None}
        edited = ok(await library.organization.patch(path_of("supply", supply), json=patch, headers=seen(supply)))
        assert (edited["capacity_total"], edited["ends_on"], edited["status"]) == (5, None, state)
        ok(await change(library.organization, f"{path_of('supply', supply)}/submit", edited))
    for state in ("submitted", "approved", "listed", "closed"):
        supply = await library.supply(state)
        refused = await library.organization.patch(path_of("supply", supply), json={}, headers=seen(supply))
        assert problem(refused)[:2] == (409, "supply-state-forbids")
    nulled = await library.organization.patch(path_of("supply", supply), json={"title": None}, headers=seen(supply))
    assert problem(nulled)[2] == "/title"


async def test_a_change_needs_the_present_etag(library: Library) -> None:
    supply = await library.supply("draft")
    path = path_of("supply", supply)
    assert problem(await library.organization.post(f"{path}/submit"))[:2] == (428, "if-match-missing")
    stale = await library.organization.post(f"{path}/submit", headers={"If-Match": '"7"'})
    assert problem(stale)[:2] == (412, "stale")


async def test_an_unlisted_supply_exists_for_its_own_side_only(library: Library) -> None:
    outsiders = [library.stranger, library.clerk, library.editor, library.other_civil_affairs,
                 library.call(Role.PARTNER_APPLICATION)]  # fmt: skip
    for state in ("draft", "submitted", "returned", "approved", "listed", "closed"):
        supply = await library.supply(state)
        path = path_of("supply", supply)
        for insider in (library.organization, library.civil_affairs, library.province):
            assert ok(await insider.get(path))["remark"] == SUPPLY["remark"]
        for outsider in outsiders:
            answer = await outsider.get(path)
            if state == "listed":
                assert not {"remark", "submitted_by", "provenance", "import_id"} & set(ok(answer))
            else:
                assert problem(answer) == (404, "supply-not-found", "path/supply_id")
    own = ok(await library.organization.get(PATH, params={"with_total": True}))
    assert own["total"] == 6
    others = ok(await library.clerk.get(PATH))["items"]
    assert [one["status"] for one in others] == ["listed"]
    assert "remark" not in others[0]
    listed_path = path_of("supply", others[0])
    refused = await library.stranger.post(f"{listed_path}/delist", headers=seen(others[0]))
    assert problem(refused)[:2] == (403, "out-of-scope")


async def test_lists_are_filtered(library: Library) -> None:
    first = await library.supply()
    second = await library.supply("draft", title="村医培训", description="每月一期", fields=["health"])

    async def found(**params: Any) -> list[str]:
        return [one["id"] for one in ok(await library.organization.get(PATH, params=params))["items"]]

    a, b = first["id"], second["id"]
    assert await found() == [b, a]
    assert await found(status=["listed"]) == [a]
    assert await found(field="health") == [b]
    assert await found(organization_id=str(library.organization_id)) == [b, a]
    assert await found(organization_id=str(uuid4())) == []
    assert await found(source_number="DS001") == []
    assert await found(import_id=str(uuid4())) == []
    assert await found(q="嫁接") == [a]
    assert await found(q="。") == []


async def test_a_supply_is_listed_delisted_and_announced_from_submission_on(library: Library) -> None:
    await library.supply("draft")
    supply = await library.supply("closed")
    assert supply["close_reason"] == "delisted"
    events = await library.events("projects.supply.changed.v1")
    assert [event["reason"] for event in events] == ["submitted", "approved", "listed", "delisted"]
    assert events[2]["data"]["listed_at"]
    snapshot = await library.service.get("/projects/v1/feed/snapshot", params={"type": "projects.supply.changed.v1"})
    assert [one["subject"] for one in ok(snapshot)["items"]] == [supply["id"]]
    after = {"type": "projects.supply.changed.v1", "after": supply["id"]}
    assert ok(await library.service.get("/projects/v1/feed/snapshot", params=after))["items"] == []


async def test_a_supply_without_free_capacity_is_full_when_it_is_listed(library: Library) -> None:
    supply = await library.supply("approved", capacity_used_elsewhere=3)
    full = ok(await change(library.civil_affairs, f"{path_of('supply', supply)}/list", supply))
    assert full["status"] == "full"
    assert ok(await library.clerk.get(path_of("supply", supply)))["status"] == "full"


async def test_listed_supplies_close_the_day_after_their_last_day(
    library: Library, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = await library.supply(ends_on="2030-06-30")
    draft = await library.supply("draft", ends_on="2030-06-30")
    monkeypatch.setenv("XIANGQIAO_AS_OF", "2030-07-01")
    await expire(database)
    assert ok(await library.organization.get(path_of("supply", ended)))["close_reason"] == "expired"
    assert ok(await library.organization.get(path_of("supply", draft)))["status"] == "draft"
    assert (await library.events())[-1]["reason"] == "expired"


async def test_an_organization_client_without_an_organization_sees_listed_supplies_only(library: Library) -> None:
    await library.supply("draft")
    nobody = library.call(Role.ORGANIZATION, sub="nobody")
    assert ok(await nobody.get(PATH))["items"] == []
    officer_without_place = library.call(Role.CIVIL_AFFAIRS_OFFICER, sub="no-place")
    assert ok(await officer_without_place.get(PATH))["items"] == []
    body = SUPPLY | {"organization_id": str(library.organization_id)}
    assert problem(await officer_without_place.post(PATH, json=body))[:2] == (403, "out-of-scope")
