"""Simulating a policy: a small library whose figures are known by hand."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from services.matching.pairings.models import Pairing
from services.matching.scoring.policy import load_policy
from services.matching.simulations import consumers
from services.matching.worker import handlers
from shared.contracts.codes import Designation, Role
from shared.contracts.registry import DesignationSnapshot, DivisionSnapshot
from shared.db import Database, new_id
from shared.jobs import JobWorker
from shared.testing import Call, SavepointDatabase
from tests.fakes.projects import FakeProjects
from tests.matching.market import ZHAOJUE, announce, make_demand, make_organization, make_scorer, make_supply
from tests.matching.pairing_steps import slug
from tests.matching.policy_drafts import draft, make_document

pytestmark = pytest.mark.usefixtures("legal_day")
NONE = dict.fromkeys(load_policy().fit_weights, 0)
NO_TILT = dict.fromkeys(load_policy().tilt_caps, 0)
BY_FIELD = {"fit_weights": NONE | {"field": 100}, "tilt_caps": NO_TILT, "proposal_threshold": 0.9}
BY_FORM = {"fit_weights": NONE | {"help_forms": 100}, "tilt_caps": NO_TILT, "proposal_threshold": 0.9}


async def simulate(
    database: Database, call: Call, after: dict[str, Any], *, engine_from: int = 2_000
) -> dict[str, Any]:
    """Compare the policy that knows fields alone with another."""
    province = call(Role.PROVINCIAL_OFFICER)
    before_id = await draft(province, **BY_FIELD)
    after_id = await draft(province, version="2099-02", **after)
    begun = await province.post(f"/matching/v1/policies/{after_id}/simulate", json={"against": before_id})
    assert begun.status_code == 202, begun.text
    job = {"operation_id": begun.json()["id"], "policy_id": after_id, "against": before_id, "as_of": "2026-11-22"}
    scorer = make_scorer()
    for _ in range(2):  # killed after its end, it is done again and changes nothing
        await consumers.execute_simulation(database, scorer, job, engine_from=engine_from)
    scorer.close()
    ended = (await province.get(begun.headers["location"])).json()
    assert ended["progress"] == {"steps_done": 2, "steps_total": 2}
    result: dict[str, Any] = ended["result"]
    return result


@pytest.fixture
async def books_and_sports(database: SavepointDatabase) -> dict[str, str]:
    """
    Give two demands and two supplies.

    The first wants education by fund, the second education by expertise; one supply does education by volunteers,
    the other health by fund. By field the first supply is worth 1 to both demands and the other 0; by form the other is
    worth 1 to the first demand, and to the second both are worth the half that is not for selling alone.
    """
    giver = make_organization()
    teacher = make_supply(giver, fields=["education"], help_forms=["volunteer"])
    funder = make_supply(giver, fields=["health"], help_forms=["fund"])
    wants_fund = make_demand(fields=["education"], help_forms=["fund"])
    wants_skill = make_demand(fields=["education"], help_forms=["expertise"])
    await announce(database, giver, teacher, funder, wants_fund, wants_skill)
    return {"teacher": str(teacher.id), "funder": str(funder.id), "wants_fund": str(wants_fund.id)}


async def test_what_changes_is_counted_as_by_hand(
    database: SavepointDatabase, call: Call, books_and_sports: dict[str, str]
) -> None:
    result = await simulate(database, call, BY_FORM)
    # The second demand's candidates are worth ½ both; the development tie is equal, so the older supply stays first.
    assert result["ranks"] == {"compared": 2, "top1_kept": 1, "top1_changed": 1, "top10_overlap": 1.0}
    assert result["suited"] == {"before": 2, "after": 1}
    assert [result["coverage"][one]["served_demands"] for one in ("before", "after")] == [2, 1]
    assert result["allocation"]["pairs"] == {"kept": 0, "new": 1, "gone": 2}
    assert (result["before"], result["after"], result["changed"]) == ("2099-01", "2099-02", 2)
    first = result["examples"][0]
    assert (first["demand_id"], first["top1_kept"]) == (books_and_sports["wants_fund"], False)
    assert first["before"]["best"]["supply_id"] == books_and_sports["teacher"]
    assert (first["before"]["chosen"], first["after"]["chosen"]) == (
        [books_and_sports["teacher"]], [books_and_sports["funder"]],
    )  # fmt: skip
    assert (first["after"]["best"]["supply_id"], first["after"]["best"]["total"]) == (books_and_sports["funder"], 1.0)
    assert set(first["after"]["best"]["sentences"]) == {"zh-CN", "en"}
    async with database.transaction() as session:
        assert (await session.execute(select(func.count()).select_from(Pairing))).scalar_one() == 0


async def test_equal_policies_change_nothing(
    database: SavepointDatabase, call: Call, books_and_sports: dict[str, str]
) -> None:
    result = await simulate(database, call, BY_FIELD)
    assert (result["changed"], result["examples"], result["suited"]) == (0, [], {"before": 2, "after": 2})
    assert result["allocation"]["pairs"] == {"kept": 2, "new": 0, "gone": 0}


async def test_a_gate_that_is_switched_off_lets_candidates_in(database: SavepointDatabase, call: Call) -> None:
    giver = make_organization(annual_check={"year": 2025, "result": "failed"})
    wish = make_demand()
    await announce(database, giver, make_supply(giver), wish, make_demand(division="440103000000"))
    gates = make_document()["gates"]
    off = gates | {"H_ANNUAL": gates["H_ANNUAL"] | {"effect": "off"}}
    result = await simulate(database, call, {**BY_FIELD, "gates": off})
    assert (result["suited"], result["ranks"]["compared"]) == ({"before": 0, "after": 1}, 1)
    stages = [result["allocation"][one] for one in ("before", "after")]
    assert [(one["eligible"]["chosen"], one["held"]["chosen"]) for one in stages] == [(0, 1), (1, 0)]
    assert [one["demand_id"] for one in result["examples"]] == [str(wish.id)]


async def test_the_worker_tells_what_a_floor_would_do_to_coverage_and_key_counties(
    live_database: Database, live_call: Call
) -> None:
    # One unit: the near village has the supply's own words, Zhaojue is a key county whose wish fits less well.
    label = DesignationSnapshot(code=Designation.KEY_COUNTY_2021, source="list")
    key = DivisionSnapshot(
        id=new_id(), code=ZHAOJUE, name="昭觉县", full_name="四川省凉山彝族自治州昭觉县", level="county",
        designations=[label],
    )  # fmt: skip
    giver = make_organization()
    single = make_supply(giver, capacity_total=1)
    wish = make_demand(title="想种花椒", description="山坡地多。", fields=["industry"])
    rival = make_demand(division="510104000000", owner_division="510104000000", title=single.title)
    await announce(live_database, key, giver, single, wish, rival)
    province = live_call(Role.PROVINCIAL_OFFICER)
    free = await draft(province, allocation={"floors": {}})
    floored = await draft(province, version="2099-02")
    begun = await province.post(f"/matching/v1/policies/{floored}/simulate", json={"against": free})
    scorer, stop = make_scorer(), asyncio.Event()
    work = handlers(live_database, scorer, FakeProjects(places={}, capacity={}).client(), engine_from=2_000)
    worker = asyncio.create_task(JobWorker(live_database.url, work).run(stop))
    try:
        async with asyncio.timeout(40):
            while not (ended := (await province.get(begun.headers["location"])).json())["done"]:
                await asyncio.sleep(0.1)
    finally:
        stop.set()
        await worker
        scorer.close()
    result = ended["result"]
    assert (result["ranks"]["top1_changed"], result["suited"]) == (0, {"before": 2, "after": 2})
    assert result["key_counties"] == {
        "demands": 1, "served_before": 0, "share_before": 0.0, "served_after": 1, "share_after": 1.0,
    }  # fmt: skip
    unserved = [result["coverage"][one]["unserved_counties"] for one in ("before", "after")]
    assert unserved == [["513431"], ["510104"]]
    floors = [result["allocation"][one]["eligible"]["floors"] for one in ("before", "after")]
    assert (floors[0]["price"], floors[1]["kept"]) == (0, 1)
    assert floors[1]["price"] > 0
    assert {one["demand_id"] for one in result["examples"]} == {str(wish.id), str(rival.id)}


async def test_a_simulation_compares_two_policies_and_is_the_province_s(call: Call) -> None:
    province = call(Role.PROVINCIAL_OFFICER)
    current = (await province.get("/matching/v1/policies/current")).json()["id"]
    path = f"/matching/v1/policies/{current}/simulate"
    assert slug(await province.post(path, json={})) == "simulation-of-one-policy"
    unknown = {"against": "00000000-0000-7000-8000-000000000000"}
    assert slug(await province.post(path, json=unknown)) == "policy-not-found"
    assert (await call(Role.RURAL_OFFICER).post(path, json={})).status_code == 403


async def test_a_simulation_that_was_given_up_says_so(database: SavepointDatabase, call: Call) -> None:
    province = call(Role.PROVINCIAL_OFFICER)
    begun = await province.post(f"/matching/v1/policies/{await draft(province)}/simulate", json={})
    await consumers.give_up_simulation(database, {"operation_id": begun.json()["id"]})
    ended = (await province.get(begun.headers["location"])).json()
    assert (ended["done"], ended["error"]["type"]) == (True, "/matching/problems/simulation-given-up")
