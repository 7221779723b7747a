"""Any pair explains itself with what would have to change; fund-raisers, a consortium, and unsaved drafts."""

import base64
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from services.matching.candidates.models import TextVector
from services.matching.profiles.models import DemandProfile
from shared.contracts.codes import Role
from shared.testing import Call, SavepointDatabase
from tests.matching.market import VILLAGE, announce, change, make_demand, make_organization, make_supply
from tests.matching.pairing_steps import Scene, set_scene, slug

pytestmark = pytest.mark.usefixtures("legal_day")
QUALIFIED = [{"kind": "public_fundraising", "status": "verified", "held": True, "last_valid_on": "2026-11-22"}]
PREVIEW = "/matching/v1/candidates:preview"
DRAFT = {
    "title": "教学点盼书", "description": "想给孩子们添些书。", "division": VILLAGE, "ends_on": "2026-12-31",
    "persons": 40, "fields": ["education"], "help_forms": ["fund"], "beneficiary_groups": ["children_youth"],
}  # fmt: skip


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call) -> Scene:
    return await set_scene(database, call)


def path_of(demand: Any, supply: Any) -> str:
    return f"/matching/v1/demands/{demand.id}/candidates/{supply.id}"


async def test_an_excluded_pair_tells_what_would_make_it_eligible_also_the_hold_behind_it(scene: Scene) -> None:
    abnormal = make_organization(name="异常名录中的基金会", credit_status="abnormal")
    far = make_supply(abnormal, service_regions=["44"])
    await announce(scene.database, abnormal, far)
    found = (await scene.office.get(path_of(scene.demand, far))).json()
    assert (found["eligibility"], found["rank"]) == ("excluded", None)
    assert [one["code"] for one in found["reasons"]] == ["E_REGION"]
    assert found["reasons"][0]["citation"]["zh-CN"]
    told = [(one["code"], one["needed"], one["otherwise"]) for one in found["changes"]]
    assert told == [
        ("E_REGION", {"service_regions": "44, 513431"}, None),
        ("H_ABNORMAL", {"credit_status": "normal"}, "officer_release"),
    ]
    mended = [change(abnormal, credit_status="normal"), change(far, service_regions=["44", "513431"])]
    await announce(scene.database, *mended)
    found = (await scene.office.get(path_of(scene.demand, far))).json()
    assert (found["eligibility"], found["changes"]) == ("eligible", [])


async def test_an_ended_pair_is_explained_too_and_says_so(scene: Scene) -> None:
    await announce(scene.database, change(scene.demand, status="closed", close_reason="completed"))
    found = (await scene.office.get(path_of(scene.demand, scene.supply))).json()
    assert (found["demand_is_open"], found["supply_is_listed"]) == (False, True)


async def test_only_the_two_sides_hear_it_and_the_organization_without_official_facts(scene: Scene, call: Call) -> None:
    path = path_of(scene.demand, scene.supply)
    assert "monitored_share" in (await scene.civil_affairs.get(path)).text
    own = await scene.foundation.get(path)
    assert own.status_code == 200
    assert "monitored_share" not in own.text
    other = call(Role.RURAL_OFFICER, division="513432000000")
    assert slug(await other.get(path)) == "demand-unknown"


async def test_an_executor_without_the_qualification_gets_fitting_fund_raisers_the_best_first(scene: Scene) -> None:
    near = make_organization(name="凉山慈善会", registered_division="513400000000", qualifications=QUALIFIED)
    works = make_organization(name="助学基金会", qualifications=QUALIFIED)
    ended = [{**QUALIFIED[0], "last_valid_on": "2026-11-21"}]
    others = [
        make_organization(name="资质过期", qualifications=ended),
        make_organization(name="失信", qualifications=QUALIFIED, credit_status="seriously_illegal"),
        make_organization(name="异常", qualifications=QUALIFIED, credit_status="abnormal"),
    ]
    raising = make_demand(requires_public_fundraising=True)
    await announce(scene.database, near, works, *others, make_supply(works), raising)
    path = path_of(raising, scene.supply)
    found = (await scene.foundation.get(path)).json()
    assert [one["code"] for one in found["reasons"]] == ["E_NO_PUBLIC_FUNDRAISING"]
    assert found["changes"][0]["otherwise"] == "cooperating_fundraiser"
    listed = [(one["organization_name"], one["common_fields"], one["same_place"]) for one in found["fundraisers"]]
    assert listed == [("助学基金会", ["education"], "province"), ("凉山慈善会", [], "prefecture")]
    assert (await scene.office.get(f"{path}/fundraisers")).json()["items"] == found["fundraisers"]
    await announce(scene.database, change(scene.organization, fundraiser_id=works.id))
    assert (await scene.foundation.get(path)).json()["eligibility"] == "eligible"


async def test_a_demand_with_several_needs_gets_organizations_that_complement_each_other(scene: Scene) -> None:
    demand = make_demand(help_forms=["fund", "expertise", "industry"], places=3)
    expert = make_organization(name="农技协会", type="association")
    idle = make_supply(expert, help_forms=["fund"], title="又一个图书角")
    await announce(scene.database, demand, expert, make_supply(expert, help_forms=["expertise"], fields=[]), idle)
    found = (await scene.office.get(f"/matching/v1/demands/{demand.id}/consortium")).json()
    assert sorted([need["code"] for need in one["covers"]] for one in found["members"]) == [
        ["education", "fund"], ["expertise"],
    ]  # fmt: skip
    assert [need["code"] for need in found["still_open"]] == ["industry"]
    assert "农技协会" in found["explanation"]["zh-CN"]
    assert "Still open" in found["explanation"]["en"]
    assert found["places"] == 3
    found = (await scene.office.get(f"/matching/v1/demands/{scene.demand.id}/consortium")).json()
    assert (len(found["members"]), found["still_open"]) == (1, [])


async def test_a_draft_is_ranked_and_nothing_of_it_is_kept(
    scene: Scene, database: SavepointDatabase, app: FastAPI
) -> None:
    await announce(scene.database, change(scene.supply, title="从未编码过的图书角"))
    answer = await scene.office.post(PREVIEW, json={"demand": DRAFT})
    assert answer.status_code == 200, answer.text
    (best,) = answer.json()["items"]
    assert (best["supply_id"], best["demand_id"]) == (str(scene.supply.id), "00000000-0000-0000-0000-000000000000")
    async with database.transaction() as session:
        assert (await session.execute(select(func.count()).select_from(DemandProfile))).scalar_one() == 1
        stored = (await session.execute(select(func.count()).select_from(TextVector))).scalar_one()
    in_memory = app.state.scorer._vectors
    assert stored >= 1
    assert any("从未编码过的图书角" in text for text in in_memory)
    assert not any(str(DRAFT["title"]) in text for text in in_memory)


async def test_a_supply_s_draft_is_ranked_for_its_organization(scene: Scene) -> None:
    draft = {"title": "图书角", "description": "为教学点配图书。", "capacity_total": 1, "service_regions": ["51"]}
    found = (await scene.foundation.post(PREVIEW, json={"supply": draft})).json()
    assert [one["demand_id"] for one in found["items"]] == [str(scene.demand.id)]
    none = {**draft, "service_regions": []}
    assert (await scene.foundation.post(PREVIEW, json={"supply": none})).json()["excluded"] == 1
    over = {**draft, "capacity_used_elsewhere": 2}
    assert slug(await scene.foundation.post(PREVIEW, json={"supply": over})) == "draft-contradicts"
    assert slug(await scene.office.post(PREVIEW, json={"supply": draft})) == "supply-unknown"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"demand": DRAFT | {"persons": None}}, "/demand/persons"),
        ({"demand": DRAFT | {"monitored_persons": 41}}, "/demand/monitored_persons"),
        ({"demand": DRAFT | {"ends_on": "2026-11-21"}}, "/demand/ends_on"),
        ({"demand": DRAFT | {"division": "513432000000"}}, "/demand/division"),
        ({"demand": DRAFT | {"description": "电话13800138000"}}, "/demand/description"),
        ({}, "/demand"),
    ],
)
async def test_a_draft_is_checked_as_a_saved_one(scene: Scene, body: dict[str, Any], pointer: str) -> None:
    answer = await scene.office.post(PREVIEW, json=body)
    assert answer.status_code in {403, 422}
    assert pointer in answer.text
    assert "13800138000" not in answer.text


async def test_pages_are_whole_and_filters_narrow(scene: Scene) -> None:
    more = [make_supply(scene.organization, title=f"图书角{number}") for number in range(4)]
    charity = make_organization(name="社工机构", type="service_agency", record_division="510700000000")
    health = make_supply(charity, fields=["health"])
    await announce(scene.database, *more, charity, health, make_supply(charity, service_regions=["44"]))
    path = f"/matching/v1/demands/{scene.demand.id}/candidates"
    whole = [one["supply_id"] for one in (await scene.office.get(path)).json()["items"]]
    paged: list[str] = []
    params: dict[str, Any] = {"limit": 4}
    while True:
        page = (await scene.office.get(path, params=params)).json()
        paged += [one["supply_id"] for one in page["items"]]
        if not page["next_cursor"]:
            break
        params["cursor"] = page["next_cursor"]
    assert paged == whole
    assert len(set(whole)) == 6

    async def names(**filters: Any) -> list[str]:
        return [one["supply_id"] for one in (await scene.office.get(path, params=filters)).json()["items"]]

    assert await names(field="health") == [str(health.id)]
    assert await names(division="5107", organization_type="service_agency") == [str(health.id)]
    assert await names(organization_type="association") == []
    assert len(await names(eligibility="excluded")) == 1
    best = (await scene.office.get(path)).json()["items"][0]["score"]
    assert await names(minimum_score=best + 0.000001) == []
    for wrong in ("x", page_of("[1,2]"), page_of("{}")):
        assert slug(await scene.office.get(path, params={"cursor": wrong})) == "invalid-cursor"


def page_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
