"""The inbox tells each side and each office what waits for it, and nobody what waits for others."""

from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.clock import AS_OF
from shared.contracts.codes import Role
from shared.testing import Call, Caller, SavepointDatabase, granted
from tests.matching.market import announce, change, make_demand, make_supply
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene, slug

INBOX = "/matching/v1/inbox"
pytestmark = pytest.mark.usefixtures("legal_day")


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call) -> Scene:
    return await set_scene(database, call)


async def read(by: Caller, **query: Any) -> dict[str, Any]:
    answer = await by.get(INBOX, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def asked(by: Caller) -> list[str]:
    found = await read(by)
    kinds = [one["question"] for one in found["items"]]
    assert found["counts"]["total"] == len(kinds)
    assert all(found["counts"][kind] == kinds.count(kind) for kind in kinds)
    return kinds


async def test_each_side_is_asked_what_it_must_do_next_and_no_more(scene: Scene) -> None:
    pairing_id = await scene.order()
    parties = (scene.office, scene.editor, scene.foundation)
    assert [await asked(by) for by in parties] == [[], [], ["answer"]]
    await scene.answer(scene.foundation, pairing_id, "supply", "interested")
    assert [await asked(by) for by in parties] == [["agree"], [], ["agree"]]
    await scene.answer(scene.foundation, pairing_id, "supply", "agreed")
    assert [await asked(by) for by in parties] == [["agree"], [], []]
    await scene.answer(scene.office, pairing_id, "demand", "agreed")
    assert [await asked(by) for by in parties] == [[], [], []]
    await scene.confirm(pairing_id)
    assert [await asked(by) for by in parties] == [["report_start"], [], ["report_start"]]
    await scene.report(scene.foundation, pairing_id, "start")
    assert [await asked(by) for by in parties] == [["report_completion"], [], ["report_completion"]]
    await scene.report(scene.office, pairing_id, "complete")
    assert [await asked(by) for by in parties] == [["rate"], ["rate"], ["rate"]]
    rated = await scene.editor.post(f"{PAIRINGS}/{pairing_id}/ratings", json={"stars": 4})
    assert rated.status_code == 201
    assert [await asked(by) for by in parties] == [[], [], ["rate"]]


async def test_a_question_says_what_to_do_and_until_when(scene: Scene) -> None:
    pairing_id = await scene.order()
    [found] = (await read(scene.foundation))["items"]
    assert (found["pairing_id"], found["until"], found["is_expiring"]) == (pairing_id, "2026-12-04", False)
    assert found["answer_by"] == "2026-12-04T16:00:00Z"
    assert found["operation"] == f"POST /matching/v1/pairings/{pairing_id}/answers"
    assert (found["demand_title"], found["supply_title"]) == (scene.demand.title, scene.supply.title)
    assert "意向" in found["to_do"]["zh"]
    assert "decline" in found["to_do"]["en"]


async def test_what_is_due_first_comes_first_and_three_working_days_before_the_end_it_is_expiring(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = await scene.order()
    late_demand = make_demand()
    await announce(scene.database, late_demand)
    monkeypatch.setenv(AS_OF, "2026-11-30")
    late = await scene.order(demand_id=late_demand.id)
    assert [one["pairing_id"] for one in (await read(scene.foundation))["items"]] == [early, late]
    assert (await read(scene.foundation))["counts"]["expiring"] == 0
    monkeypatch.setenv(AS_OF, "2026-12-01")
    found = await read(scene.foundation, expiring=True)
    assert ([one["pairing_id"] for one in found["items"]], found["counts"]["expiring"]) == ([early], 1)
    assert found["counts"]["total"] == 2
    monkeypatch.setenv(AS_OF, "2026-12-05")
    assert [one["pairing_id"] for one in (await read(scene.foundation))["items"]] == [late]


async def test_the_pages_of_an_inbox_hold_everything_once(scene: Scene) -> None:
    demands = [make_demand() for _ in range(4)]
    await announce(scene.database, *demands)
    made = {await scene.order(demand_id=one.id) for one in demands}
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await read(scene.foundation, limit=3, **cursor)
        seen += [one["pairing_id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(seen) == 4
    assert set(seen) == made
    assert (await read(scene.foundation, question="rate"))["items"] == []
    for wrong in ("nonsense", "WyJhIiwiYiJd"):
        refused = await scene.foundation.get(INBOX, params={"cursor": wrong})
        assert (refused.status_code, slug(refused)) == (422, "invalid-cursor")


async def test_a_hold_waits_for_the_offices_that_may_lift_it_and_for_no_application(scene: Scene) -> None:
    supply, demand = make_supply(scene.organization), make_demand()
    await announce(scene.database, demand, change(scene.organization, credit_status="abnormal"), supply)
    held = await scene.propose(scene.province, demand_id=demand.id, supply_id=supply.id)
    assert held.json()["status"] == "on_hold"
    assert [await asked(by) for by in (scene.civil_affairs, scene.province)] == [["release"], ["release"]]
    [found] = (await read(scene.civil_affairs))["items"]
    assert (found["hold_codes"], found["until"]) == (["H_ABNORMAL"], None)
    application = scene.call(
        Role.CIVIL_AFFAIRS_OFFICER, division=scene.organization.record_division, grant=granted("pairings.read")
    )
    elsewhere = scene.call(Role.CIVIL_AFFAIRS_OFFICER, division="510722000000")
    assert [await asked(by) for by in (application, elsewhere, scene.foundation, scene.office)] == [[], [], [], []]


async def test_a_rating_is_asked_for_some_weeks_and_no_longer(scene: Scene) -> None:
    pairing_id = await scene.order()
    await scene.agree(pairing_id)
    await scene.confirm(pairing_id)
    await scene.report(scene.office, pairing_id, "start")
    await scene.report(scene.office, pairing_id, "complete")
    async with scene.database.transaction() as session:
        pairing = await session.get_one(type(await scene.read(pairing_id)), (await scene.read(pairing_id)).id)
        pairing.ended_at = clock.now() - timedelta(days=61)
    assert await asked(scene.foundation) == []
