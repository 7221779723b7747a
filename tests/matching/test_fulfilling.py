"""After the agreement: started, completed, fell through; what projects hears of it, and the ratings of both sides."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.matching.deliveries.models import PushEvent
from services.matching.pairings import consumers
from services.matching.profiles.models import ProfileChange, ProfileKind
from services.matching.remote.commitments import CommitmentRefused
from services.matching.worker import handlers
from shared.contracts.codes import Role
from shared.db import Database
from shared.jobs import JobWorker, RetryLater
from shared.testing import Call, SavepointDatabase
from tests.fakes.projects import FakeProjects
from tests.matching.market import announce, change, make_demand, make_scorer
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene, slug

pytestmark = pytest.mark.usefixtures("legal_day")
ELSEWHERE = "513432000000"


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call) -> Scene:
    return await set_scene(database, call)


async def agreed(scene: Scene) -> str:
    pairing_id = await scene.order()
    await scene.agree(pairing_id)
    await scene.confirm(pairing_id)
    return pairing_id


async def completed(scene: Scene) -> str:
    pairing_id = await agreed(scene)
    for by, step in ((scene.foundation, "start"), (scene.office, "complete")):
        assert (await scene.report(by, pairing_id, step)).status_code == 200
    return pairing_id


async def settle(scene: Scene, projects: FakeProjects, pairing_id: str) -> None:
    await consumers.settle_commitment(scene.database, projects.client(), {"pairing_id": pairing_id})


async def hold(scene: Scene, pairing_id: str, **changes: Any) -> FakeProjects:
    projects = FakeProjects(places={scene.demand.id: 1}, capacity={scene.supply.id: 1})
    await projects.client().hold(pairing_id=UUID(pairing_id), demand_id=scene.demand.id, supply_id=scene.supply.id)
    for name, value in changes.items():
        setattr(projects, name, value)
    return projects


async def test_a_side_reports_and_the_other_and_the_office_see_and_hear_it(scene: Scene) -> None:
    pairing_id = await completed(scene)
    for reader in (scene.foundation, scene.office, scene.editor, scene.civil_affairs, scene.province):
        read = (await reader.get(f"{PAIRINGS}/{pairing_id}")).json()
        assert (read["status"], read["phase"]) == ("completed", "ended")
        told = [(one["happened"], one.get("side"), one.get("answer")) for one in read["history"][-2:]]
        assert told == [("started", "supply", None), ("completed", "demand", None)]
    async with scene.database.transaction() as session:
        events = list((await session.execute(select(PushEvent).order_by(PushEvent.seq))).scalars())
    told = [(one["type"], one["data"]["status"], one["data"]["side"]) for one in map(_read_body, events[-2:])]
    assert told == [
        ("matching.pairing.started.v1", "started", "supply"),
        ("matching.pairing.completed.v1", "completed", "demand"),
    ]


def _read_body(event: PushEvent) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(event.body)
    return body


async def test_the_same_report_again_changes_nothing_whoever_sends_it(scene: Scene) -> None:
    pairing_id = await agreed(scene)
    first = await scene.report(scene.foundation, pairing_id, "start")
    for by in (scene.foundation, scene.office):
        again = await by.post(f"{PAIRINGS}/{pairing_id}/start", headers={"If-Match": '"1"'})
        assert (again.status_code, again.headers["etag"]) == (200, first.headers["etag"])
    history = (await scene.office.get(f"{PAIRINGS}/{pairing_id}")).json()["history"]
    assert [one["happened"] for one in history].count("started") == 1


async def test_who_has_not_read_the_pairing_since_it_changed_reports_nothing(scene: Scene) -> None:
    pairing_id = await agreed(scene)
    stale = await scene.office.post(f"{PAIRINGS}/{pairing_id}/start", headers={"If-Match": '"1"'})
    assert (stale.status_code, slug(stale)) == (412, "stale")
    missing = await scene.office.post(f"{PAIRINGS}/{pairing_id}/start")
    assert missing.status_code == 428
    assert (await scene.read(pairing_id)).status == "confirmed"


async def test_nothing_is_reported_before_its_time_or_after_the_end(scene: Scene) -> None:
    pairing_id = await scene.order()
    for step in ("start", "complete"):
        assert slug(await scene.report(scene.office, pairing_id, step)) == "pairing-state-forbids"
    await scene.agree(pairing_id)
    await scene.confirm(pairing_id)
    assert slug(await scene.report(scene.office, pairing_id, "complete")) == "pairing-state-forbids"
    given = await scene.report(scene.office, pairing_id, "fall-through", reason="no_funds")
    assert given.status_code == 200, given.text
    for step in ("start", "complete"):
        assert slug(await scene.report(scene.office, pairing_id, step)) == "pairing-state-forbids"


async def test_what_falls_through_needs_a_reason_of_the_list_and_keeps_it(scene: Scene) -> None:
    pairing_id = await agreed(scene)
    for body in ({}, {"reason": "bored"}):
        seen = {"If-Match": (await scene.foundation.get(f"{PAIRINGS}/{pairing_id}")).headers["etag"]}
        refused = await scene.foundation.post(f"{PAIRINGS}/{pairing_id}/fall-through", headers=seen, json=body)
        assert refused.status_code == 422
    for _ in range(2):
        given = await scene.report(scene.foundation, pairing_id, "fall-through", reason="need_gone")
        assert (given.json()["status"], given.json()["reason"]) == ("fell_through", "need_gone")
    other = await scene.report(scene.office, pairing_id, "fall-through", reason="no_funds")
    assert slug(other) == "pairing-state-forbids"


async def test_projects_is_told_what_became_of_the_commitment_and_a_repeat_is_harmless(scene: Scene) -> None:
    pairing_id = await completed(scene)
    projects = await hold(scene, pairing_id)
    for _ in range(2):
        await settle(scene, projects, pairing_id)
    assert (projects.fulfilled, projects.released) == ({UUID(pairing_id)}, set())


async def test_what_fell_through_is_given_back(scene: Scene) -> None:
    pairing_id = await agreed(scene)
    projects = await hold(scene, pairing_id)
    await settle(scene, projects, pairing_id)
    assert not projects.released  # a confirmed pairing holds what it holds
    await scene.report(scene.foundation, pairing_id, "fall-through", reason="no_funds")
    await settle(scene, projects, pairing_id)
    assert (projects.fulfilled, projects.released) == (set(), {UUID(pairing_id)})


@pytest.mark.parametrize("ended", ["fulfilled", "released"])
async def test_a_commitment_that_the_end_of_its_demand_settled_first_is_left_as_it_is(scene: Scene, ended: str) -> None:
    pairing_id = await agreed(scene)
    projects = await hold(scene, pairing_id, **{ended: {UUID(pairing_id)}})
    if ended == "fulfilled":
        await scene.report(scene.foundation, pairing_id, "fall-through", reason="no_funds")
    else:
        await scene.report(scene.foundation, pairing_id, "start")
        await scene.report(scene.foundation, pairing_id, "complete")
    await settle(scene, projects, pairing_id)
    assert projects.fulfilled | projects.released == {UUID(pairing_id)}


@pytest.mark.parametrize("fault", [0, 401, 404, 409, 429, 503])
async def test_what_projects_does_not_take_now_is_told_again(scene: Scene, fault: int) -> None:
    pairing_id = await completed(scene)
    projects = await hold(scene, pairing_id, faults=[fault])
    with pytest.raises(RetryLater):
        await settle(scene, projects, pairing_id)
    await settle(scene, projects, pairing_id)
    assert projects.fulfilled == {UUID(pairing_id)}


async def test_a_refusal_that_nobody_foresaw_is_a_fault_for_the_operators(scene: Scene) -> None:
    pairing_id = await completed(scene)
    with pytest.raises(CommitmentRefused):
        await settle(scene, await hold(scene, pairing_id, faults=[422]), pairing_id)


async def test_the_job_of_a_report_is_done_by_the_worker_also_after_it_was_killed(
    live_database: Database, live_call: Call
) -> None:
    scene = await set_scene(live_database, live_call)
    pairing_id = await agreed(scene)
    projects = await hold(scene, pairing_id, faults=[503])
    await scene.report(scene.foundation, pairing_id, "fall-through", reason="no_capacity")
    async with live_database.transaction() as session:
        await session.execute(
            text(
                "update pgqueuer set status = 'picked', queue_manager_id = gen_random_uuid(),"
                " heartbeat = now() - interval '1 hour' where entrypoint = 'settle_commitment'"
            )
        )
    scorer, stop = make_scorer(), asyncio.Event()
    work = handlers(live_database, scorer, projects.client(), engine_from=2_000)
    worker = asyncio.create_task(JobWorker(live_database.url, work).run(stop))
    try:
        async with asyncio.timeout(40):
            while not projects.released:
                await asyncio.sleep(0.2)
    finally:
        stop.set()
        await worker
        scorer.close()
    assert projects.released == {UUID(pairing_id)}


async def test_both_sides_rate_once_and_everybody_of_the_pairing_sees_it(scene: Scene) -> None:
    pairing_id = await completed(scene)
    path = f"{PAIRINGS}/{pairing_id}/ratings"
    assert (await scene.editor.post(path, json={"stars": 5, "note": "图书已全部到位"})).status_code == 201
    assert (await scene.foundation.post(path, json={"stars": 4})).status_code == 201
    assert (await scene.foundation.post(path, json={"stars": 4})).status_code == 200
    second = await scene.office.post(path, json={"stars": 1})
    assert (second.status_code, slug(second)) == (409, "already-rated")
    for reader in (scene.foundation, scene.office, scene.civil_affairs, scene.province):
        given = (await reader.get(path)).json()
        assert [(one["side"], one["stars"], one.get("note")) for one in given] == [
            ("demand", 5, "图书已全部到位"),
            ("supply", 4, None),
        ]
    stranger = scene.call(Role.RURAL_OFFICER, division="513432000000")
    assert (await stranger.get(path)).status_code == 404


async def test_nothing_is_rated_before_its_completion_beyond_the_scale_or_with_personal_data(scene: Scene) -> None:
    pairing_id = await agreed(scene)
    path = f"{PAIRINGS}/{pairing_id}/ratings"
    early = await scene.office.post(path, json={"stars": 5})
    assert (early.status_code, slug(early)) == (409, "pairing-not-completed")
    for body in ({"stars": 0}, {"stars": 6}, {"stars": 5, "note": "联系 13812345678"}, {"stars": 5, "note": ""}):
        assert (await scene.office.post(path, json=body)).status_code == 422
    assert (await scene.office.get(path)).json() == []


async def test_what_was_completed_and_rated_counts_in_the_track_record_whoever_asks(scene: Scene) -> None:
    other = make_demand(division=ELSEWHERE, owner_division=ELSEWHERE)
    await announce(scene.database, change(scene.supply, capacity_total=9), other)
    stranger = scene.call(Role.RURAL_OFFICER, division=ELSEWHERE)
    path = f"/matching/v1/demands/{other.id}/candidates"

    async def read_record() -> tuple[float, Any, Any]:
        [candidate] = (await stranger.get(path)).json()["items"]
        [part] = [one for one in candidate["parts"] if one["name"] == "track_record"]
        return part["points"], part["facts"]["completed_pairings"], part["facts"]["mean_rating"]

    before = await read_record()
    assert before == (0.0, 0, None)
    pairing_id = await completed(scene)
    finished = await read_record()
    assert finished[1:] == (1, None)
    for by, stars in ((scene.office, 5), (scene.foundation, 1)):
        assert (await by.post(f"{PAIRINGS}/{pairing_id}/ratings", json={"stars": stars})).status_code == 201
    rated = await read_record()
    assert rated[1:] == (1, 5.0), "what the organization thinks of the demand side is no record of its own"
    assert before[0] < finished[0] < rated[0]


async def test_whoever_keeps_the_market_in_memory_hears_of_a_changed_track_record(scene: Scene) -> None:
    pairing_id = await completed(scene)
    for by in (scene.office, scene.foundation):
        answer = await by.post(f"{PAIRINGS}/{pairing_id}/ratings", json={"stars": 4})
        assert answer.status_code == 201, answer.text
    async with scene.database.transaction() as session:
        query = select(ProfileChange).where(ProfileChange.kind == ProfileKind.TRACK_RECORD)
        changes = (await session.execute(query)).scalars().all()
    # Completed, and rated by the demand side; what the organization thinks of the office is no record of its own.
    assert [(one.source, one.subject) for one in changes] == [("matching", scene.supply.organization_id)] * 2
