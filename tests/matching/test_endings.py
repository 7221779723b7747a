"""Deadlines, the next best candidate, and what the neighbours' feeds take back."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.matching.candidates.actions.scorer import Scorer
from services.matching.pairings import consumers
from services.matching.pairings.models import Pairing
from services.matching.runs import consumers as runs
from services.matching.runs.models import Run
from shared.clock import AS_OF
from shared.contracts.projects import SupplySnapshot
from shared.testing import Call, SavepointDatabase
from tests.matching.market import announce, change, make_demand, make_organization, make_scorer, make_supply
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene, slug

pytestmark = pytest.mark.usefixtures("legal_day")


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call) -> Scene:
    return await set_scene(database, call)


async def add_rival(scene: Scene, organization: dict[str, object] | None = None, **supply: object) -> SupplySnapshot:
    rival = make_organization(name="另一家基金会", **(organization or {}))
    offer = make_supply(rival, **supply)
    await announce(scene.database, rival, offer)
    return offer


async def propose_next(scene: Scene, pairing_id: str | UUID, *, engine_from: int = 2_000) -> Pairing | None:
    scorer = make_scorer()
    try:
        await consumers.propose_next_best(
            scene.database, scorer, {"pairing_id": str(pairing_id)}, engine_from=engine_from
        )
    finally:
        scorer.close()
    async with scene.database.transaction() as session:
        query = select(Pairing).where(Pairing.previous_pairing_id == UUID(str(pairing_id)))
        return (await session.execute(query)).scalar_one_or_none()


async def decline(scene: Scene, pairing_id: str) -> None:
    given = await scene.answer(scene.office, pairing_id, "demand", "declined", reason="wrong_need")
    assert given.status_code == 200, given.text


async def test_nobody_answers_and_the_day_after_the_last_one_it_expires(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairing_id = await scene.order()
    monkeypatch.setenv(AS_OF, "2026-12-04")
    assert await consumers.expire_overdue(scene.database) == 0
    monkeypatch.setenv(AS_OF, "2026-12-05")
    late = await scene.answer(scene.foundation, pairing_id, "supply", "interested")
    assert slug(late) == "answer-overdue"
    assert await consumers.expire_overdue(scene.database) == 1
    assert await consumers.expire_overdue(scene.database) == 0
    assert (await scene.read(pairing_id)).status == "expired"


async def test_talks_have_a_deadline_of_their_own(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    pairing_id = await scene.order()
    monkeypatch.setenv(AS_OF, "2026-12-01")
    await scene.answer(scene.foundation, pairing_id, "supply", "interested")
    assert (await scene.read(pairing_id)).last_answer_on == date(2026, 12, 29)
    monkeypatch.setenv(AS_OF, "2026-12-29")
    assert await consumers.expire_overdue(scene.database) == 0
    monkeypatch.setenv(AS_OF, "2026-12-30")
    assert await consumers.expire_overdue(scene.database) == 1


async def test_more_than_a_hundred_expire_in_one_round(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.matching.pairings.actions.ending.MOST_AT_ONCE", 1)
    second = make_demand()
    await announce(scene.database, second)
    await scene.order()
    await scene.order(demand_id=second.id)
    monkeypatch.setenv(AS_OF, "2027-01-15")
    assert await consumers.expire_overdue(scene.database) == 2


async def test_after_a_decline_the_next_best_is_proposed_once_and_the_chain_is_kept(scene: Scene) -> None:
    rival = await add_rival(scene)
    pairing_id = await scene.order()
    await decline(scene, pairing_id)
    following = await propose_next(scene, pairing_id)
    assert following is not None
    assert (following.supply_id, following.status, following.origin) == (rival.id, "open", "recommended")
    again = await propose_next(scene, pairing_id)
    assert again is not None
    assert again.id == following.id
    await decline(scene, str(following.id))
    # Both supplies are tried now.
    assert await propose_next(scene, following.id) is None


@pytest.mark.parametrize(
    "overtaken", [{"status": "closed", "close_reason": "delisted"}, {"status": "full", "capacity_used_here": 2}]
)
async def test_a_next_best_that_closes_or_fills_while_it_is_scored_makes_way_for_the_following(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, overtaken: dict[str, object]
) -> None:
    best = await add_rival(scene)
    following = await add_rival(scene, title="图书", description="书。")
    pairing_id = await scene.order()
    await decline(scene, pairing_id)
    score = Scorer.score

    async def be_overtaken(*args: Any) -> Any:
        ranked = await score(*args)
        assert [UUID(pair.supply_id) for pair in ranked] == [best.id, following.id]
        await announce(scene.database, change(best, **overtaken))
        return ranked

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Scorer, "score", be_overtaken)
        proposed = await propose_next(scene, pairing_id)
    assert proposed is not None
    assert proposed.supply_id == following.id


async def test_a_next_best_that_is_held_waits_for_its_release(scene: Scene) -> None:
    await add_rival(scene, {"credit_status": "abnormal"})
    pairing_id = await scene.order()
    await decline(scene, pairing_id)
    following = await propose_next(scene, pairing_id)
    assert following is not None
    assert (following.status, following.opened_at) == ("on_hold", None)
    assert [one["code"] for one in following.hold_reasons] == ["H_ABNORMAL"]


async def test_no_next_best_without_capacity_without_fit_or_for_a_closed_demand(scene: Scene) -> None:
    busy = await add_rival(scene, capacity_total=1)
    other = make_demand(places=2)
    await announce(scene.database, other)
    await scene.order(demand_id=other.id, supply_id=busy.id)
    pairing_id = await scene.order()
    await decline(scene, pairing_id)
    assert await propose_next(scene, pairing_id) is None
    await announce(scene.database, change(scene.demand, status="closed", close_reason="completed"))
    assert await propose_next(scene, pairing_id) is None


async def test_no_next_best_after_an_ending_of_another_kind_or_beyond_the_quota(scene: Scene) -> None:
    pairing_id = await scene.order()
    assert await propose_next(scene, pairing_id) is None
    await decline(scene, pairing_id)
    for _ in range(3):
        rival = await add_rival(scene)
        await scene.order(supply_id=rival.id)
    await add_rival(scene)
    assert await propose_next(scene, pairing_id) is None


@pytest.mark.parametrize("by_run", [False, True])
@pytest.mark.parametrize(
    ("places", "others", "credit_status", "proposed"),
    [
        # One pushed pairing takes the one place, one on hold leaves it to what is not held.
        (1, 1, "normal", False),
        (1, 1, "abnormal", True),
        # The policy pushes three at once, however many places there are.
        (5, 2, "normal", True),
        (5, 3, "normal", False),
        (5, 3, "abnormal", True),
    ],
)
async def test_the_next_best_and_a_run_count_places_and_quota_alike(
    database: SavepointDatabase,
    call: Call,
    by_run: bool,
    places: int,
    others: int,
    credit_status: str,
    proposed: bool,
) -> None:
    scene = await set_scene(database, call, demand={"places": places})
    pairing_id = await scene.order()
    for _ in range(others):
        rival = await add_rival(scene, {"credit_status": credit_status})
        await scene.order(supply_id=rival.id)
    await add_rival(scene)
    await decline(scene, pairing_id)
    if not by_run:
        assert (await propose_next(scene, pairing_id) is not None) is proposed
        return
    assert (await scene.province.post("/matching/v1/runs")).status_code == 202
    async with database.transaction() as session:
        run_id = (await session.execute(select(Run.id))).scalar_one()
    scorer = make_scorer()
    await runs.execute_run(database, scorer, {"run_id": str(run_id)}, engine_from=2_000)
    scorer.close()
    [record] = (await scene.province.get("/matching/v1/runs")).json()["items"]
    assert (record["counts"]["proposed"] > 0) is proposed


@pytest.mark.parametrize(
    ("status", "more", "reason"),
    [
        ("covered", {"places_taken": 1}, "demand_covered"),
        ("closed", {"close_reason": "withdrawn"}, "demand_closed"),
    ],
)
async def test_a_demand_that_ends_takes_its_open_pairings_back(
    scene: Scene, status: str, more: dict[str, object], reason: str
) -> None:
    pairing_id = await scene.order()
    await announce(scene.database, change(scene.demand, status=status, **more))
    pairing = await scene.read(pairing_id)
    assert (pairing.status, pairing.reason) == ("withdrawn", reason)
    history = (await scene.office.get(f"{PAIRINGS}/{pairing_id}")).json()["history"]
    assert (history[-1]["happened"], history[-1]["by_subject"]) == ("withdrawn", "system")


async def test_a_supply_that_closes_takes_its_open_pairings_back_also_those_on_hold(
    database: SavepointDatabase, call: Call
) -> None:
    scene = await set_scene(database, call, organization={"credit_status": "abnormal"})
    pairing_id = await scene.order()
    assert (await scene.read(pairing_id)).status == "on_hold"
    await announce(database, change(scene.supply, status="closed", close_reason="delisted"))
    pairing = await scene.read(pairing_id)
    assert (pairing.status, pairing.reason) == ("withdrawn", "supply_closed")


async def test_a_change_that_ends_nothing_takes_nothing_back(scene: Scene) -> None:
    pairing_id = await scene.order()
    await announce(scene.database, change(scene.demand, title="村小缺图书和书架"), change(scene.supply, title="图书"))
    assert (await scene.read(pairing_id)).status == "open"
    # A closed demand that opens again may be ordered again.
    await announce(scene.database, change(scene.demand, status="covered"))
    await announce(scene.database, scene.demand)
    assert await scene.order() != pairing_id


async def test_what_projects_no_longer_has_is_forgotten_and_taken_back(scene: Scene) -> None:
    second = make_demand()
    await announce(scene.database, second)
    first, other = await scene.order(), await scene.order(demand_id=second.id)
    async with scene.database.transaction() as session:
        await consumers.forget_demands(session, {second.id})
    assert [(await scene.read(one)).status for one in (first, other)] == ["withdrawn", "open"]
    async with scene.database.transaction() as session:
        await consumers.forget_supplies(session, set())
    assert (await scene.read(other)).reason == "supply_closed"
