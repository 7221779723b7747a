"""Demands over HTTP: drafting, editing, the way to publication, bad input, and who sees what."""

from typing import Any
from uuid import uuid4

import pytest

from services.projects.demands.models import Demand
from services.projects.demands.repository import DemandRepository
from services.projects.demands.repository import kept_by as kept_as_sql
from services.projects.demands.schemas import DemandFilter
from services.projects.worker import expire
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Database
from shared.paging import PageRequest
from shared.testing import Call, Caller
from tests.projects.library import (
    COMPLETE,
    COUNTY,
    DEMAND,
    NATION,
    OTHER_COUNTY,
    TOWN,
    VILLAGE,
    Library,
    change,
    ok,
    path_of,
    problem,
    seen,
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


STATES = ["draft", "submitted", "returned", "approved", "published", "closed"]


@pytest.mark.parametrize("state", STATES)
async def test_outside_its_division_only_a_published_demand_exists(library: Library, state: str) -> None:
    demand = await library.demand(state)
    path = path_of("demand", demand)
    outsiders = [
        library.other_county,
        library.organization,
        library.civil_affairs,
        library.call(Role.PARTNER_APPLICATION),
        library.call(Role.SUPERVISING_UNIT, organization_id=uuid4()),
        library.call(Role.VILLAGE_EDITOR, division=OTHER_COUNTY),
    ]
    for insider in (library.clerk, library.editor, library.province):
        assert ok(await insider.get(path))["policy_gap"] == COMPLETE["policy_gap"]
        assert len(ok(await insider.get(PATH))["items"]) == 1
    for outsider in outsiders:
        answer, listed = await outsider.get(path), ok(await outsider.get(PATH))["items"]
        if state == "published":
            hidden = {"policy_gap", "monitored_persons", "survey_stage", "submitted_by", "remark", "provenance"}
            assert not hidden & set(ok(answer))
            assert listed == [answer.json()]
        else:
            assert problem(answer) == (404, "demand-not-found", "path/demand_id")
            assert listed == []
    unknown = await library.other_county.get(f"{PATH}/{uuid4()}")
    assert problem(unknown) == (404, "demand-not-found", "path/demand_id")


async def test_another_county_changes_nothing_and_does_not_learn_of_drafts(library: Library) -> None:
    published, draft = await library.demand(), await library.demand("draft")
    seen_path, unseen_path = path_of("demand", published), path_of("demand", draft)
    other = library.other_county
    assert problem(await change(other, f"{seen_path}/withdraw", published))[:2] == (403, "out-of-scope")
    assert problem(await change(other, f"{unseen_path}/withdraw", draft))[:2] == (404, "demand-not-found")
    assert problem(await other.patch(unseen_path, json={}, headers=seen(draft)))[:2] == (404, "demand-not-found")


async def test_small_counts_are_masked_in_public_and_exact_for_officials(library: Library) -> None:
    demand = await library.demand(persons=4, households=1, monitored_persons=1)
    public = ok(await library.organization.get(path_of("demand", demand)))
    assert (public["persons"], public["households"]) == (None, None)
    exact = ok(await library.clerk.get(path_of("demand", demand)))
    assert (exact["persons"], exact["households"], exact["monitored_persons"]) == (4, 1, 1)


@pytest.mark.parametrize("role", Role)
async def test_who_keeps_a_demand_is_the_same_in_sql_and_in_python(
    library: Library, database: Database, role: Role
) -> None:
    await library.demand()
    by = Principal("x", role, division=COUNTY, organization_id=library.organization_id)
    async with database.transaction() as session:
        everything = await DemandRepository(session).list_page(
            visible_to=Principal("p", Role.PROVINCIAL_OFFICER), wanted=DemandFilter(), page=PageRequest()
        )
        for demand in everything.items:
            query = Demand.__table__.select().where(Demand.id == demand.id, kept_as_sql(by))
            found = (await session.execute(query)).first() is not None
            # The service locks demands for commitments, and no route shows it one.
            assert found == (demand.is_kept_by(by) or role is Role.SERVICE)


async def test_lists_are_filtered_paged_and_counted(library: Library) -> None:
    first = await library.demand("published")
    second = await library.demand("draft", title="村小图书角", fields=["education"], division=COUNTY)
    third = await library.demand("approved", title="山坪塘清淤 A12", fields=["industry", "agritech"])

    async def found(**params: Any) -> list[str]:
        return [one["id"] for one in ok(await library.clerk.get(PATH, params=params))["items"]]

    a, b, c = first["id"], second["id"], third["id"]
    assert await found() == [c, b, a]
    assert await found(status=["draft", "published"]) == [b, a]
    assert await found(field="agritech") == [c, a]
    assert await found(division=TOWN) == [c, a]
    assert await found(division=OTHER_COUNTY) == []
    assert await found(source_number="XQ001") == []
    assert await found(import_id=str(uuid4())) == []
    page = ok(await library.clerk.get(PATH, params={"limit": 2, "with_total": True}))
    assert (page["total"], [one["id"] for one in page["items"]]) == (3, [c, b])
    assert await found(limit=2, cursor=page["next_cursor"]) == [a]
    assert problem(await library.clerk.get(PATH, params={"status": "lost"}))[2] == "query/status/0"


@pytest.mark.parametrize(
    ("q", "hit"),
    [
        ("核桃", True),
        ("核", True),
        ("桃核", False),
        ("嫁接和修剪", True),
        ("核桃 修剪", True),
        ("苹果", False),
        ("!?", False),
    ],
)
async def test_demands_are_found_by_chinese_words(library: Library, q: str, hit: bool) -> None:
    await library.demand()
    assert bool(ok(await library.organization.get(PATH, params={"q": q}))["items"]) is hit


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


async def test_a_foreign_or_expired_token_is_refused(call: Call) -> None:
    caller: Caller = call(None)
    answer = await caller.get(PATH, headers={"Authorization": "Bearer not.a.token"})
    assert problem(answer)[:2] == (401, "token-invalid")
