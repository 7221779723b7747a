"""The second agreement, the call to projects, races, interruptions, and a killed job that is done again."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.matching.deliveries.models import PushEvent
from services.matching.pairings import consumers
from services.matching.pairings.actions import confirming
from services.matching.remote.commitments import CommitmentAnswer, CommitmentRefused, CommitmentUndecided
from services.matching.worker import handlers
from shared.db import Database, new_id
from shared.jobs import JobWorker, RetryLater
from shared.testing import Call, SavepointDatabase
from tests.fakes.projects import FakeProjects
from tests.matching.market import announce, change, make_demand, make_scorer
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene

pytestmark = pytest.mark.usefixtures("legal_day")


def make_projects(scene: Scene, **changes: Any) -> FakeProjects:
    facts: dict[str, Any] = {"places": {scene.demand.id: 1}, "capacity": {scene.supply.id: 1}}
    return FakeProjects(**{**facts, **changes})


async def confirm(scene: Scene, projects: FakeProjects, pairing_id: str) -> None:
    await consumers.confirm_pairing(scene.database, projects.client(), {"pairing_id": pairing_id})


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call) -> Scene:
    return await set_scene(database, call)


async def test_a_held_commitment_confirms_and_a_repeat_changes_nothing(scene: Scene) -> None:
    projects, pairing_id = make_projects(scene), await scene.order()
    await scene.agree(pairing_id)
    for _ in range(2):
        await confirm(scene, projects, pairing_id)
    read = (await scene.foundation.get(f"{PAIRINGS}/{pairing_id}")).json()
    assert (read["status"], read["phase"]) == ("confirmed", "agreed")
    assert [one["happened"] for one in read["history"]].count("confirmed") == 1
    assert (len(projects.commitments), projects.asked) == (1, 1)


async def test_a_commitment_released_before_a_late_repeat_is_no_confirmation(scene: Scene) -> None:
    projects, pairing_id = make_projects(scene), await scene.order()
    await scene.agree(pairing_id)
    await projects.client().hold(pairing_id=UUID(pairing_id), demand_id=scene.demand.id, supply_id=scene.supply.id)
    projects.released.add(UUID(pairing_id))
    await confirm(scene, projects, pairing_id)
    read = (await scene.foundation.get(f"{PAIRINGS}/{pairing_id}")).json()
    assert (read["status"], read["reason"]) == ("withdrawn", "not_open")


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"capacity": 0}, "lost_race", "capacity_exhausted"),
        ({"places": 0}, "lost_race", "need_covered"),
        ({"closed": True}, "withdrawn", "not_open"),
    ],
)
async def test_what_projects_refuses_ends_the_pairing(
    scene: Scene, changes: dict[str, Any], status: str, reason: str
) -> None:
    projects, pairing_id = make_projects(scene), await scene.order()
    if "capacity" in changes:
        projects.capacity[scene.supply.id] = 0
    if "places" in changes:
        projects.places[scene.demand.id] = 0
    if "closed" in changes:
        projects.closed.add(scene.demand.id)
    await scene.agree(pairing_id)
    await confirm(scene, projects, pairing_id)
    pairing = await scene.read(pairing_id)
    assert (pairing.status, pairing.reason) == (status, reason)
    assert projects.commitments == {}


@pytest.mark.parametrize("fault", [0, 401, 404, 409, 429, 500, 503])
async def test_what_projects_does_not_decide_is_asked_again(scene: Scene, fault: int) -> None:
    projects, pairing_id = make_projects(scene, faults=[fault]), await scene.order()
    await scene.agree(pairing_id)
    with pytest.raises(RetryLater):
        await confirm(scene, projects, pairing_id)
    assert (await scene.read(pairing_id)).status == "confirming"
    await confirm(scene, projects, pairing_id)
    assert (await scene.read(pairing_id)).status == "confirmed"


async def test_an_answer_that_nobody_foresaw_is_a_fault_for_the_operators(scene: Scene) -> None:
    projects, pairing_id = make_projects(scene, faults=[422]), await scene.order()
    await scene.agree(pairing_id)
    with pytest.raises(CommitmentRefused):
        await confirm(scene, projects, pairing_id)
    assert (await scene.read(pairing_id)).status == "confirming"


async def test_a_demand_that_projects_does_not_know_is_asked_for_again(scene: Scene) -> None:
    with pytest.raises(CommitmentUndecided):
        await FakeProjects().client().hold(pairing_id=new_id(), demand_id=new_id(), supply_id=new_id())


async def test_an_interruption_between_the_call_and_the_write_is_harmless(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    projects, pairing_id = make_projects(scene), await scene.order()
    await scene.agree(pairing_id)

    async def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr(confirming, "write_confirmation", die)
        with pytest.raises(KeyboardInterrupt):
            await confirm(scene, projects, pairing_id)
    assert len(projects.commitments) == 1
    assert (await scene.read(pairing_id)).status == "confirming"
    await confirm(scene, projects, pairing_id)
    assert (await scene.read(pairing_id)).status == "confirmed"
    assert len(projects.commitments) == 1


async def test_an_outcome_that_comes_twice_is_written_once(scene: Scene) -> None:
    pairing_id = await scene.order()
    await scene.agree(pairing_id)
    async with scene.database.transaction() as session:
        for answer in (CommitmentAnswer.HELD, CommitmentAnswer.NOT_OPEN):
            await confirming.write_confirmation(
                session, pairing_id=UUID(pairing_id), answer=answer, at=datetime(2026, 11, 23, tzinfo=UTC)
            )
    assert (await scene.read(pairing_id)).status == "confirmed"


async def test_two_counties_race_for_one_unit(scene: Scene) -> None:
    second = make_demand()
    await announce(scene.database, second)
    projects = make_projects(scene, places={scene.demand.id: 1, second.id: 1})
    first, other = await scene.order(), await scene.order(demand_id=second.id)
    for pairing_id in (first, other):
        await scene.agree(pairing_id)
    for pairing_id in (first, other):
        await confirm(scene, projects, pairing_id)
    assert [(await scene.read(one)).status for one in (first, other)] == ["confirmed", "lost_race"]
    assert len(projects.commitments) == 1


async def test_both_sides_are_told_of_every_step(scene: Scene) -> None:
    projects, pairing_id = make_projects(scene), await scene.order()
    await scene.agree(pairing_id)
    await confirm(scene, projects, pairing_id)
    async with scene.database.transaction() as session:
        events = list((await session.execute(select(PushEvent).order_by(PushEvent.seq))).scalars())
    bodies = [json.loads(one.body) for one in events if str(one.pairing_id) == pairing_id]
    told = [(one["type"].split(".")[2], one["data"].get("side"), one["data"].get("answer")) for one in bodies]
    assert told == [
        ("proposed", None, None),
        ("answered", "supply", "interested"),
        ("in_talks", None, None),
        ("answered", "supply", "agreed"),
        ("answered", "demand", "agreed"),
        ("confirmed", None, None),
    ]
    assert "37%" not in events[0].body.decode()


async def test_no_pairing_is_taken_back_while_projects_is_asked(scene: Scene) -> None:
    pairing_id = await scene.order()
    await scene.agree(pairing_id)
    await announce(scene.database, change(scene.demand, status="covered", places_taken=1))
    assert (await scene.read(pairing_id)).status == "confirming"


async def test_the_job_of_a_second_agreement_is_done_by_the_worker_also_after_it_was_killed(
    live_database: Database, live_call: Call
) -> None:
    scene = await set_scene(live_database, live_call)
    second = make_demand()
    await announce(live_database, second)
    projects = make_projects(scene, places={scene.demand.id: 1, second.id: 1}, faults=[503])
    pairing_ids = [await scene.order(), await scene.order(demand_id=second.id)]
    for pairing_id in pairing_ids:
        await scene.agree(pairing_id)
    scorer = make_scorer()
    work = handlers(live_database, scorer, projects.client(), engine_from=2_000)
    # So a worker leaves the queue that died with the jobs in hand: picked, and with an old heartbeat.
    async with live_database.transaction() as session:
        await session.execute(
            text(
                "update pgqueuer set status = 'picked', queue_manager_id = gen_random_uuid(),"
                " heartbeat = now() - interval '1 hour' where entrypoint = 'confirm_pairing'"
            )
        )
    stop = asyncio.Event()
    worker = asyncio.create_task(JobWorker(live_database.url, work).run(stop))
    try:
        async with asyncio.timeout(40):
            while {(await scene.read(one)).status for one in pairing_ids} != {"confirmed", "lost_race"}:
                await asyncio.sleep(0.2)
    finally:
        stop.set()
        await worker
        scorer.close()
    assert len(projects.commitments) == 1
