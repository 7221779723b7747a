"""How a run gives scarce places: the record, floors, limits of organizations, churn, and the same bytes again."""

import json
from dataclasses import asdict, replace
from functools import partial

import pytest

from services.matching.runs.actions import planning, running
from services.matching.runs.actions.scored import order_rows
from services.matching.scoring.policy import load_policy
from shared.clock import AS_OF
from shared.contracts.codes import Designation
from shared.contracts.registry import DesignationSnapshot, DivisionSnapshot
from shared.db import new_id
from shared.testing import Call, SavepointDatabase
from tests.matching.market import ZHAOJUE, announce, change, make_demand, make_organization, make_scorer, make_supply
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene
from tests.matching.run_steps import RUNS, begin, run
from tests.matching.scoring.scored_pairs import score

pytestmark = pytest.mark.usefixtures("legal_day")


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call) -> Scene:
    return await set_scene(database, call)


async def test_a_run_tells_how_it_allocated_whom_it_covers_and_what_changed(scene: Scene) -> None:
    first = (await scene.province.get(f"{RUNS}/{(await run(scene))['run_id']}")).json()["allocation"]
    assert (first["mode"], first["eligible"]["chosen"], first["held"]["chosen"]) == ("optimal", 1, 0)
    assert (first["eligible"]["gap"], first["eligible"]["gap_over_all_pairs"]) == (0, 0)
    assert first["eligible"]["total"] == first["eligible"]["bound"] > 0
    assert (first["coverage"]["served_demands"], first["coverage"]["unserved_counties"]) == (1, [])
    assert first["churn"] == {"kept": 0, "new": 1, "gone": 0, "previous_run_id": None}
    pushed = (await scene.province.get(PAIRINGS)).json()["items"][0]
    await scene.answer(scene.office, pushed["id"], "demand", "declined", reason="time")
    await announce(scene.database, make_demand())
    second = await run(scene)
    record = (await scene.province.get(f"{RUNS}/{second['run_id']}")).json()["allocation"]
    assert {name: record["churn"][name] for name in ("kept", "new", "gone")} == {"kept": 0, "new": 1, "gone": 1}
    assert record["coverage"]["served_demands"] == 1


async def test_the_floor_serves_a_key_county_that_another_would_have_outbid(scene: Scene) -> None:
    # One unit; the near village has the better text, Zhaojue is a key county whose demand fits less well.
    label = DesignationSnapshot(code=Designation.KEY_COUNTY_2021, source="list")
    name = "四川省凉山彝族自治州昭觉县"
    key = DivisionSnapshot(
        id=new_id(), code=ZHAOJUE, name="昭觉县", full_name=name, level="county", designations=[label]
    )
    single = make_supply(scene.organization, capacity_total=1)
    rival = make_demand(division="510104000000", owner_division="510104000000", title=single.title, places=1)
    own = change(scene.demand, title="想种花椒", description="山坡地多。", fields=["industry"])
    await announce(
        scene.database, key, own, change(scene.supply, status="closed", close_reason="expired"), single, rival
    )
    record = (await scene.province.get(f"{RUNS}/{(await run(scene))['run_id']}")).json()["allocation"]
    floors = record["eligible"]["floors"]
    assert (floors["counties"], floors["kept"], floors["unmet_counties"]) == (1, 1, [])
    assert floors["price"] > 0
    assert (record["coverage"]["unserved_counties"], record["coverage"]["key_county_share"]) == (["510104"], 1.0)


async def test_a_demand_gets_no_more_proposals_at_once_than_the_policy_pushes(scene: Scene) -> None:
    quota = load_policy().pushes_per_demand
    many = make_demand(places=quota + 3)
    rivals = [make_organization() for _ in range(quota + 3)]
    closed = change(scene.demand, status="closed", close_reason="withdrawn")
    await announce(scene.database, closed, many, *rivals, *(make_supply(one) for one in rivals))
    assert ((await run(scene))["proposed"], (await run(scene))["proposed"]) == (quota, 0)
    first = (await scene.province.get(PAIRINGS)).json()["items"][0]
    await scene.answer(scene.office, first["id"], "demand", "declined", reason="wrong_need")
    assert (await run(scene))["proposed"] == 1, "what was declined makes room"


async def test_an_organization_gets_no_more_than_its_share_and_its_day(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await announce(
        scene.database, make_supply(scene.organization, capacity_total=40), *(make_demand() for _ in range(40))
    )
    first, second = await run(scene), await run(scene)
    # The share of 41 places is less than ten, which everyone may have; the day allows thirty in all.
    assert (first["proposed"], second["proposed"]) == (10, 10)
    record = (await scene.province.get(f"{RUNS}/{first['run_id']}")).json()["allocation"]
    assert record["eligible"]["organizations_at_limit"] == 1
    assert ((await run(scene))["proposed"], (await run(scene))["proposed"]) == (10, 0)
    monkeypatch.setenv(AS_OF, "2026-11-23")
    assert (await run(scene))["proposed"] == 10, "the next legal day begins anew"


async def test_a_replayed_plan_has_the_same_bytes(scene: Scene) -> None:
    rival = make_organization()
    await announce(scene.database, rival, make_supply(rival), *(make_demand(places=2) for _ in range(25)))
    _, run_id = await begin(scene)
    scorer, plans = make_scorer(), []
    for _ in range(2):
        async with scene.database.transaction() as session:
            work = await running.read_run_input(session, run_id=run_id, scorer=scorer)
        assert work is not None
        blocks = [
            await scorer.score(work.market.corpus, partial(work.score_block, some)) for some in work.list_blocks()
        ]
        plan = await scorer.score(work.market.corpus, partial(work.make_plan, blocks))
        plans.append(json.dumps([asdict(one) for one in plan.chosen] + [plan.allocation], default=str))
    scorer.close()
    assert plans[0] == plans[1]
    assert '"chosen": 4' in plans[0]


async def test_what_stands_beyond_fifty_candidates_counts_for_the_certificate(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MOST_CANDIDATES", 1)
    rivals = [make_organization() for _ in range(3)]
    await announce(scene.database, *rivals, *(make_supply(one) for one in rivals), make_demand(places=3))
    stage = (await scene.province.get(f"{RUNS}/{(await run(scene))['run_id']}")).json()["allocation"]["eligible"]
    assert (stage["candidates"], stage["gap"]) == (2, 0)
    assert stage["gap_over_all_pairs"] > 0


def test_a_purchase_is_ordered_beside_demands_with_other_tie_breakers() -> None:
    free = score()
    purchase = replace(free, demand_id="0", tie_breakers=free.tie_breakers[:1])
    assert [pair.demand_id for pair in order_rows([free, purchase])] == ["0", free.demand_id]
