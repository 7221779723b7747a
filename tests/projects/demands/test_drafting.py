"""Drafting a demand over HTTP: what is enough, bad input, replays, and who may."""

from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.codes import Role
from shared.testing import Call, Caller
from tests.projects.library import (
    COUNTY,
    DEMAND,
    NATION,
    OTHER_COUNTY,
    VILLAGE,
    Library,
    change,
    ok,
    problem,
)

PATH = "/projects/v1/demands"
PHONE = "13912345678"


async def test_title_place_what_how_many_and_by_when_are_enough_for_a_draft(library: Library) -> None:
    created = await library.clerk.post(PATH, json=DEMAND)
    demand = ok(created, 201)
    assert (demand["status"], demand["owner_division"], demand["level"]) == ("draft", COUNTY, "town")
    assert (demand["places"], demand["procurement"]) == (1, "none")
    assert created.headers["etag"] == f'"{demand["version"]}"'
    assert created.headers["location"] == f"{PATH}/{demand['id']}"
    assert ok(await library.clerk.get(f"{PATH}/{demand['id']}")) == demand


@pytest.mark.parametrize("name", ["title", "description", "division", "ends_on"])
async def test_a_draft_lacks_none_of_them(library: Library, name: str) -> None:
    body = {key: value for key, value in DEMAND.items() if key != name}
    assert problem(await library.clerk.post(PATH, json=body)) == (422, "invalid-request", f"/{name}")


async def test_a_draft_says_for_how_many_persons_or_households(library: Library) -> None:
    body = DEMAND | {"persons": None}
    assert problem(await library.clerk.post(PATH, json=body)) == (422, "head-count-missing", "/persons")
    assert ok(await library.clerk.post(PATH, json=body | {"households": 80}), 201)["households"] == 80


@pytest.mark.parametrize(
    ("changes", "slug", "pointer"),
    [
        ({"tilte": "x"}, "invalid-request", "/tilte"),
        ({"title": "长" * 101}, "invalid-request", "/title"),
        ({"title": "a\x07b"}, "invalid-request", "/title"),
        ({"division": "51343"}, "invalid-request", "/division"),
        ({"division": "513499000000"}, "out-of-scope", "/division"),
        ({"division": "513431999000"}, "division-unknown", "/division"),
        ({"division": OTHER_COUNTY}, "out-of-scope", "/division"),
        ({"fields": ["astronomy"]}, "invalid-request", "/fields/0"),
        ({"persons": -1}, "invalid-request", "/persons"),
        ({"ends_on": "someday"}, "invalid-request", "/ends_on"),
        ({"starts_on": "2100-01-01"}, "period-reversed", "/ends_on"),
        ({"procurement": "government_purchase"}, "procurement-method-mismatch", "/procurement_method"),
        ({"monitored_persons": 321}, "part-exceeds-whole", "/monitored_persons"),
        ({"places": 0}, "invalid-request", "/places"),
    ],
)
async def test_bad_input_is_a_problem_that_names_its_field(
    library: Library, changes: dict[str, Any], slug: str, pointer: str
) -> None:
    refused = await library.clerk.post(PATH, json=DEMAND | changes)
    assert problem(refused)[1:] == (slug, pointer)
    assert refused.status_code == (403 if slug == "out-of-scope" else 422)
    english = await library.clerk.post(PATH, json=DEMAND | changes, headers={"Accept-Language": "en"})
    assert english.json()["title"].isascii()
    assert not refused.json()["title"].isascii()


@pytest.mark.parametrize(
    ("division", "status"),
    [("441900000000", 201), ("440000000000", 422), ("513400000000", 422), (VILLAGE, 201), ("100000000000", 422)],
)
async def test_a_demand_stands_in_a_county_or_below_it(library: Library, division: str, status: int) -> None:
    nation = library.call(Role.RURAL_OFFICER, division=NATION, sub="rural-nation")
    answer = await nation.post(PATH, json=DEMAND | {"division": division})
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("name", ["title", "description", "policy_gap", "remark", "reporting_unit"])
async def test_personal_data_in_free_text_is_refused_with_its_position_and_never_echoed(
    library: Library, name: str
) -> None:
    refused = await library.clerk.post(PATH, json=DEMAND | {name: f"请拨打电话{PHONE}联系"})
    assert problem(refused) == (422, "invalid-request", f"/{name}")
    assert refused.json()["errors"][0]["code"] == "personal_data"
    assert "第 6 至 16 个字符" in refused.json()["errors"][0]["detail"]
    assert PHONE not in refused.text


async def test_unreadable_json_and_a_body_that_is_too_large_are_refused(library: Library) -> None:
    broken = await library.clerk.post(PATH, content=b"{", headers={"Content-Type": "application/json"})
    assert problem(broken)[:2] == (400, "unreadable-body")
    large = await library.clerk.post(PATH, json=DEMAND | {"description": "长" * 400_000})
    assert problem(large)[:2] == (413, "body-too-large")


async def test_a_replayed_request_has_one_effect_and_another_payload_is_refused(library: Library) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = await library.clerk.post(PATH, json=DEMAND, headers=key)
    again = await library.clerk.post(PATH, json=DEMAND, headers=key)
    assert (again.json(), again.headers["etag"]) == (first.json(), first.headers["etag"])
    assert ok(await library.clerk.get(PATH, params={"with_total": True}))["total"] == 1
    assert problem(await library.clerk.post(PATH, json=DEMAND | {"persons": 1}, headers=key))[:2] == (
        422,
        "idempotency-key-reused",
    )


async def test_drafting_needs_an_idempotency_key_a_token_and_a_role(library: Library) -> None:
    without = await library.clerk._client.post(PATH, json=DEMAND)
    assert problem(without)[:2] == (400, "idempotency-key-missing")
    assert problem(await library.call(None).post(PATH, json=DEMAND))[:2] == (401, "token-missing")
    assert problem(await library.organization.post(PATH, json=DEMAND))[:2] == (403, "not-allowed")
    assert problem(await library.service.get(PATH))[:2] == (403, "not-allowed")


async def test_an_editor_drafts_in_its_own_town_only(library: Library) -> None:
    ok(await library.editor.post(PATH, json=DEMAND | {"division": VILLAGE}), 201)
    assert problem(await library.editor.post(PATH, json=DEMAND | {"division": COUNTY}))[:2] == (403, "out-of-scope")
    drafted = await library.demand("approved")
    refused = await change(library.editor, f"{PATH}/{drafted['id']}/publish", drafted)
    assert problem(refused)[:2] == (403, "not-allowed")


async def test_a_foreign_or_expired_token_is_refused(call: Call) -> None:
    caller: Caller = call(None)
    answer = await caller.get(PATH, headers={"Authorization": "Bearer not.a.token"})
    assert problem(answer)[:2] == (401, "token-invalid")
