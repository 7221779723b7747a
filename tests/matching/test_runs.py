"""A batch run: what it proposes, what it leaves out, its record, and that a killed one is harmless."""

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.matching.deliveries.models import Delivery, PushEvent
from services.matching.pairings.models import Pairing
from services.matching.runs import consumers
from services.matching.runs.actions import running, storing
from shared.clock import AS_OF
from shared.contracts.codes import Role
from shared.contracts.matching import RUN_COMPLETED
from shared.testing import Call, SavepointDatabase
from tests.matching.market import announce, change, make_demand, make_organization, make_scorer, make_supply
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene, slug
from tests.matching.run_steps import RUNS, begin, execute, run

pytestmark = pytest.mark.usefixtures("legal_day")


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call) -> Scene:
    return await set_scene(database, call)


async def count_pairings(scene: Scene) -> int:
    async with scene.database.transaction() as session:
        return (await session.execute(select(func.count()).select_from(Pairing))).scalar_one()


async def test_a_run_proposes_within_places_and_capacity_and_keeps_a_record(scene: Scene) -> None:
    shut = make_supply(scene.organization, service_regions=["44"])
    await announce(scene.database, shut, make_demand(), make_demand(), make_demand(status="draft"))
    result = await run(scene)
    counts = {name: result[name] for name in ("demands", "supplies", "pairs", "excluded_pairs", "held_pairs")}
    assert counts == {"demands": 3, "supplies": 2, "pairs": 6, "excluded_pairs": 3, "held_pairs": 0}
    # Three demands of one place each, and one supply of two units.
    assert (result["proposed"], result["on_hold"]) == (2, 0)
    read = (await scene.province.get(f"{RUNS}/{result['run_id']}")).json()
    assert (read["policy_version"], read["as_of"], read["underway"]) == ("2026-01", "2026-11-22", False)
    assert len(read["model_hash"]) == len(read["input_hash"]) == 64
    assert read["counts"]["proposed"] == 2
    assert [one["id"] for one in (await scene.province.get(RUNS)).json()["items"]] == [result["run_id"]]
    pushed = (await scene.foundation.get(PAIRINGS, params={"run_id": result["run_id"]})).json()["items"]
    assert {(one["origin"], one["phase"]) for one in pushed} == {("recommended", "proposed")}


async def test_held_pairs_wait_for_a_release_and_take_only_what_eligible_ones_leave(scene: Scene) -> None:
    listed = make_organization(credit_status="abnormal")
    await announce(scene.database, listed, make_supply(listed), make_demand(places=2))
    result = await run(scene)
    # The demand of one place goes to an eligible supply, that of two places to both.
    assert (result["held_pairs"], result["proposed"], result["on_hold"]) == (2, 2, 1)
    held = (await scene.province.get(PAIRINGS, params={"status": "on_hold"})).json()["items"]
    assert [one["demand_answer"] for one in held] == [None]
    assert (await scene.office.get(PAIRINGS, params={"status": "on_hold"})).json()["items"] == []


async def test_a_second_run_proposes_nothing_again(scene: Scene) -> None:
    first = await run(scene)
    assert (first["proposed"], await count_pairings(scene)) == (1, 1)
    second = await run(scene)
    assert (second["proposed"], await count_pairings(scene)) == (0, 1)


async def test_a_declined_pair_is_not_proposed_again_but_one_that_lost_a_closing_is(scene: Scene) -> None:
    pairing_id = await scene.order()
    await scene.answer(scene.office, pairing_id, "demand", "declined", reason="time")
    assert (await run(scene))["proposed"] == 0
    rival = make_organization()
    supply = make_supply(rival)
    await announce(scene.database, rival, supply)
    assert (await run(scene))["proposed"] == 1
    await announce(scene.database, change(supply, status="closed", close_reason="expired"))
    await announce(scene.database, supply)
    assert (await run(scene))["proposed"] == 1


async def test_a_pair_below_the_threshold_is_not_proposed(database: SavepointDatabase, call: Call) -> None:
    poor = {
        "title": "ABC", "description": "XYZ", "fields": ["health"], "help_forms": ["trade"],
        "beneficiary_groups": ["elderly"], "assist_mode": "development", "available_fen": 0,
    }  # fmt: skip
    scene = await set_scene(database, call, supply=poor)
    result = await run(scene)
    assert (result["excluded_pairs"], result["proposed"]) == (0, 0)


async def test_a_killed_run_is_run_again_and_proposes_nothing_twice(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation, run_id = await begin(scene)

    async def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(storing, "store_run", die)
        with pytest.raises(KeyboardInterrupt):
            await execute(scene, run_id)
    progress = (await scene.province.get(operation)).json()
    assert (progress["done"], progress["progress"]) == (False, {"steps_done": 1, "steps_total": 1})
    for _ in range(2):
        await execute(scene, run_id)
    assert await count_pairings(scene) == 1
    assert (await scene.province.get(operation)).json()["result"]["proposed"] == 1


async def test_two_workers_at_one_run_store_it_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    _, run_id = await begin(scene)
    store = storing.store_run

    async def be_late(*args: Any, **named: Any) -> None:
        await store(*args, **named)
        await store(*args, **named)
        await running.advance_run(args[0], run_id=run_id, steps_done=0, steps_total=9)
        await running.fail_run(args[0], run_id=run_id, error=storing.PairingUnderway(), at=named["at"])

    monkeypatch.setattr(storing, "store_run", be_late)
    await execute(scene, run_id)
    assert await count_pairings(scene) == 1
    assert (await scene.province.get(f"{RUNS}/{run_id}")).json()["failure"] is None


async def test_what_closes_or_is_ordered_while_a_run_computes_is_left_out(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    second, rival = make_demand(), make_organization()
    await announce(scene.database, second, rival, make_supply(rival))
    _, run_id = await begin(scene)
    store = storing.store_run

    async def be_overtaken(session: Any, **named: Any) -> None:
        await announce(scene.database, change(second, status="closed", close_reason="withdrawn"))
        wanted = next(one for one in named["plan"].chosen if one.demand_id == str(scene.demand.id))
        await scene.order(supply_id=UUID(wanted.supply_id))
        await store(session, **named)

    monkeypatch.setattr(storing, "store_run", be_overtaken)
    await execute(scene, run_id)
    read = (await scene.province.get(f"{RUNS}/{run_id}")).json()
    assert read["counts"]["proposed"] == 0
    assert await count_pairings(scene) == 1


async def test_equal_inputs_give_equal_hashes(scene: Scene) -> None:
    scorer = make_scorer()
    _, run_id = await begin(scene)
    async with scene.database.transaction() as session:
        inputs = [await running.read_run_input(session, run_id=run_id, scorer=scorer) for _ in range(2)]
    scorer.close()
    hashes = {one.hash() for one in inputs if one is not None}
    assert len(hashes) == 1


async def test_one_run_at_a_time_and_by_the_province_only(scene: Scene) -> None:
    await begin(scene)
    refused = await scene.province.post(RUNS)
    assert (refused.status_code, slug(refused)) == (409, "run-underway")
    assert (await scene.office.post(RUNS)).status_code == 403
    assert (await scene.civil_affairs.get(RUNS)).status_code == 403
    assert (await scene.province.get(f"{RUNS}/{scene.demand.id}")).status_code == 404


async def test_a_run_without_a_policy_in_force_fails_and_says_so(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(AS_OF, "2020-01-01")
    operation, run_id = await begin(scene)
    await execute(scene, run_id)
    ended = (await scene.province.get(operation)).json()
    assert (ended["done"], ended["error"]["type"]) == (True, "/matching/problems/no-policy-in-force")
    assert (await scene.province.get(f"{RUNS}/{run_id}")).json()["as_of"] == date(2020, 1, 1).isoformat()


async def test_a_run_that_was_given_up_says_so_and_makes_way_for_another(scene: Scene) -> None:
    operation, run_id = await begin(scene)
    assert slug(await scene.province.post(RUNS)) == "run-underway"
    for _ in range(2):
        await consumers.give_up_run(scene.database, {"run_id": str(run_id)})
    ended = (await scene.province.get(operation)).json()
    assert (ended["done"], ended["error"]["type"]) == (True, "/matching/problems/run-given-up")
    assert (await scene.province.get(f"{RUNS}/{run_id}")).json()["failure"] == "run-given-up"
    await begin(scene)


async def test_the_organization_may_not_read_runs(scene: Scene, call: Call) -> None:
    assert (await call(Role.ORGANIZATION, organization_id=scene.organization.id).get(RUNS)).status_code == 403


async def test_a_finished_run_is_told_to_the_province_alone(scene: Scene) -> None:
    webhook = {"endpoint": "https://receiver.example/", "event_types": ["matching.run.completed.v1"]}
    for by in (scene.province, scene.foundation, scene.office):
        assert (await by.post("/matching/v1/subscriptions", json=webhook)).status_code == 201
    result = await run(scene)
    async with scene.database.transaction() as session:
        told = (await session.execute(select(Delivery).where(Delivery.event_type == RUN_COMPLETED))).scalars().all()
        event = (await session.execute(select(PushEvent).where(PushEvent.type == RUN_COMPLETED))).scalar_one()
    assert len(told) == 1
    assert [one["id"] for one in (await scene.province.get("/matching/v1/deliveries")).json()["items"]] == [
        str(told[0].id)
    ]
    data = json.loads(event.body)["data"]
    counts = {name: value for name, value in result.items() if name != "run_id"}
    assert data == {"run_id": result["run_id"], "as_of": "2026-11-22", "policy_version": "2026-01", **counts}
