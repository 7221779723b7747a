"""The market in memory: it follows the feeds while it answers, every replica alike, and keeps nothing of a draft."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from services.matching.candidates.actions import finding, live
from services.matching.candidates.consumers.following import MarketFollower
from services.matching.candidates.models import TextVector
from services.matching.pairings.consumers import PROJECTS_EVENTS
from services.matching.profiles.actions import forget_changes
from services.matching.profiles.consumers import forget_supplies
from services.matching.profiles.models import ProfileChange
from shared import clock
from shared.clock import AS_OF
from shared.contracts.codes import Role
from shared.contracts.registry import DivisionSnapshot
from shared.db import Database, new_id
from shared.testing import Call, Caller
from tests.matching.live_steps import ask, ask_at, following, path_of, publish, until
from tests.matching.market import (
    VILLAGE,
    ZHAOJUE,
    announce,
    change,
    make_demand,
    make_event,
    make_organization,
    make_scorer,
    make_supply,
)
from tests.matching.pairing_steps import Scene, set_scene, slug

pytestmark = [pytest.mark.usefixtures("legal_day"), pytest.mark.xdist_group("kernels")]
DRAFT = {
    "title": "教学点盼书", "description": "想给孩子们添些书。", "division": VILLAGE, "ends_on": "2026-12-31",
    "persons": 40, "fields": ["education"], "help_forms": ["fund"], "beneficiary_groups": ["children_youth"],
}  # fmt: skip
QUALIFIED = [{"kind": "public_fundraising", "status": "verified", "held": True, "last_valid_on": "2026-11-22"}]


@pytest.fixture
async def scene(live_database: Database, live_call: Call) -> Scene:
    """One supply that fits, one held, one excluded, and a demand of the neighbouring county."""
    scene = await set_scene(live_database, live_call)
    abnormal = make_organization(name="异常名录中的基金会", credit_status="abnormal")
    shut = make_supply(scene.organization, service_regions=["44"], title="只在广东")
    other = make_demand(division="513432000000", level="county", title="县里办书展", fields=["health"])
    await announce(live_database, abnormal, make_supply(abnormal), shut, other)
    return scene


@pytest.fixture
async def follower(live_app: FastAPI, live_database: Database, scene: Scene) -> AsyncIterator[MarketFollower]:
    """Answer from a market in memory."""
    before = live_app.state.market
    async with following(live_database) as follower:
        live_app.state.market = follower
        yield follower
    live_app.state.market = before


async def test_fifty_changes_a_second_no_answer_mixes_two_positions_and_two_replicas_agree(
    scene: Scene, live_app: FastAPI, follower: MarketFollower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.matching.engine.engine.MOST_ADDED", 0)  # it compacts all the time
    # At an even position one supply is listed, at an odd one the other; each transaction moves both.
    pair = [make_supply(scene.organization, title=title) for title in ("双日的图书角", "单日的图书角")]
    path, last, seen = path_of("demands", scene.demand), 30, set[int]()
    async with following(scene.database) as second:
        ended = asyncio.Event()

        async def answer() -> None:
            while not ended.is_set():
                found = await ask(scene.office, path)
                position = int((found["as_of_position"]["projects"] or "epoch.0").removeprefix("epoch."))
                listed = {one["supply_id"] for one in found["items"]} & {str(one.id) for one in pair}
                assert listed == ({str(pair[position % 2].id)} if position else set())
                seen.add(position)

        answering = asyncio.create_task(answer())
        for position in range(1, last + 1):
            states = ("listed", "draft") if position % 2 == 0 else ("draft", "listed")
            moved = [change(one, status=state) for one, state in zip(pair, states, strict=True)]
            await publish(scene.database, position, *moved)
            await asyncio.sleep(0.02)
        await until(lambda: last in seen or answering.done(), 30)
        ended.set()
        await answering
        assert len(seen) > 3
        answers = []
        for replica in (follower, second):
            live_app.state.market = replica
            answers.append(await ask_at(scene.office, path, last))
        live_app.state.market = follower
        # The second was built later and weighs terms alike.
        assert answers[0] == answers[1]
    figures = follower.describe()
    assert (figures.state, figures.supplies, figures.demands) == ("answering", 4, 2)
    assert figures.lag_seconds is not None
    assert figures.lag_seconds < 5


async def test_the_engine_answers_as_the_reference_does(
    scene: Scene, live_app: FastAPI, follower: MarketFollower, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, unlisted = make_demand(status="approved"), make_supply(scene.organization, status="approved")
    await publish(scene.database, 1, draft, unlisted)
    demand, supply = path_of("demands", scene.demand), path_of("supplies", scene.supply)
    asked: list[tuple[Caller, str, dict[str, Any]]] = [
        (scene.province, demand, {}),
        (scene.province, demand, {"limit": 1}),
        (scene.province, demand, {"eligibility": "held", "field": "education"}),
        (scene.province, demand, {"organization_type": "association"}),
        (scene.province, demand, {"division": "5101", "minimum_score": 0.1}),
        (scene.foundation, supply, {}),
        (scene.foundation, supply, {"division": "513432"}),
        (scene.office, path_of("demands", draft), {}),
        (scene.foundation, path_of("supplies", unlisted), {}),
    ]
    found = [await ask_at(by, path, 1, **params) for by, path, params in asked]
    live_app.state.market = MarketFollower(lambda: scene.database, make_scorer(), engine_from=2_000)
    for (by, path, params), one in zip(asked, found, strict=True):
        other = await ask(by, path, **params)
        kept = ("items", "eligible", "held", "policy_version", "next_cursor", "as_of_position", "complete")
        assert [one.get(name) for name in kept] == [other.get(name) for name in kept]
    pair = f"{demand}/{scene.supply.id}"
    consortium = demand.removesuffix("/candidates") + "/consortium"
    explained = [await ask(scene.office, path) for path in (pair, consortium)]
    assert found[0]["excluded"] == 1
    assert "excluded" not in found[2] or found[2]["excluded"] is None
    live_app.state.market = follower
    assert [await ask(scene.office, path) for path in (pair, consortium)] == explained
    ordered = await scene.propose(scene.office)
    assert (ordered.status_code, ordered.json()["score"]) == (201, found[0]["items"][0]["score"])
    page = await ask(scene.province, demand, limit=1, cursor=found[1]["next_cursor"])
    assert [one["rank"] for one in page["items"]] == [2]
    # Where few suit, the reference scores them in the same market, and tells of the excluded ones too.
    assert follower.live is not None
    monkeypatch.setattr(follower.live, "by_reference", 5)
    few = await ask(scene.province, demand, include="excluded")
    assert [one["eligibility"] for one in few["items"]] == ["eligible", "held", "excluded"]
    assert (few["items"][:2], few["excluded"]) == (found[0]["items"], 1)
    assert (await ask(scene.foundation, supply))["items"] == found[5]["items"]
    # Where the engine found as many as it looks for, a side is not told of the last ones.
    monkeypatch.setattr(follower.live, "by_reference", 0)
    monkeypatch.setattr(finding, "POOL", 2)
    cut = [await ask(by, supply) for by in (scene.civil_affairs, scene.foundation)]
    assert [(len(one["items"]), one["complete"]) for one in cut] == [(2, False), (1, False)]


async def test_what_changes_behind_a_pair_reaches_it(scene: Scene, follower: MarketFollower) -> None:
    raising = make_demand(requires_public_fundraising=True)
    partner = make_organization(credit_code="53510000MJ00000000", qualifications=QUALIFIED)
    executor = change(scene.organization, fundraiser_credit_code=partner.credit_code)
    path = path_of("demands", raising)
    await publish(scene.database, 1, executor, raising)
    assert (await ask_at(scene.office, path, 1))["eligible"] == 0
    await publish(scene.database, 2, partner)
    assert (await ask_at(scene.office, path, 2))["eligible"] == 1
    await publish(scene.database, 3, change(partner, credit_code=None))
    assert (await ask_at(scene.office, path, 3))["eligible"] == 0
    plain = path_of("demands", scene.demand)
    before = (await ask(scene.province, plain))["items"][0]
    labels = [{"code": "key_county_2021", "source": "160"}]
    county = {"name": "昭觉县", "full_name": "四川省凉山州昭觉县", "level": "county", "designations": labels}
    await publish(scene.database, 4, DivisionSnapshot(id=new_id(), code=ZHAOJUE, **county))  # type: ignore[arg-type]
    assert (await ask_at(scene.province, plain, 4))["items"][0]["score"] > before["score"]
    await publish(scene.database, 5, change(scene.organization, credit_status="seriously_illegal"))
    assert (await ask_at(scene.province, plain, 5))["eligible"] == 0


async def test_a_new_legal_day_a_resync_and_much_change_build_it_anew(
    scene: Scene, follower: MarketFollower, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising = make_demand(requires_public_fundraising=True)
    path = path_of("demands", raising)
    await publish(scene.database, 1, change(scene.organization, qualifications=QUALIFIED), raising)
    assert (await ask_at(scene.office, path, 1))["eligible"] == 1
    monkeypatch.setenv(AS_OF, "2026-11-23")
    await until(lambda: str(follower.live.market.as_of) == "2026-11-23")  # type: ignore[union-attr]
    assert (await ask(scene.office, path))["eligible"] == 0
    before = follower.live
    async with scene.database.transaction() as session:
        await PROJECTS_EVENTS[make_event(scene.supply).type](session, [make_event(scene.supply)], True)
        await forget_supplies(session, {scene.supply.id})
    await until(lambda: follower.live is not before)
    before = follower.live
    monkeypatch.setattr(live, "LEAST_CHANGES", 0)
    monkeypatch.setattr(live, "SHARE_OF_CHANGES", 0)
    await publish(scene.database, 2, make_demand(title="文化站想添一架古筝"))
    await until(lambda: follower.live is not before)
    assert before is not None
    assert follower.live is not None
    assert follower.live.model.model_hash != before.model.model_hash
    assert [one["supply_id"] for one in (await ask(scene.office, path_of("demands", scene.demand)))["items"]] == [
        str(scene.supply.id)
    ]
    async with scene.database.transaction() as session:
        await forget_changes(session, at=clock.now())
        assert (await session.execute(select(func.count()).select_from(ProfileChange))).scalar_one() > 0


async def test_a_draft_is_found_candidates_and_nothing_of_it_is_kept(scene: Scene, follower: MarketFollower) -> None:
    market = follower.live
    assert market is not None
    terms = market.engine.term_count
    answer = await scene.office.post("/matching/v1/candidates:preview", json={"demand": DRAFT})
    assert [one["eligibility"] for one in answer.json()["items"]] == ["eligible", "held"]
    offer = {"title": "图书角", "description": "为教学点配图书。", "capacity_total": 1, "service_regions": ["51"]}
    answer = await scene.foundation.post("/matching/v1/candidates:preview", json={"supply": offer})
    assert str(scene.demand.id) in {one["demand_id"] for one in answer.json()["items"]}
    assert market.engine.term_count == terms
    async with scene.database.transaction() as session:
        assert (await session.execute(select(func.count()).select_from(TextVector))).scalar_one() == 4


async def test_a_large_market_is_not_read_at_a_request_while_the_first_engine_is_built(
    scene: Scene, live_app: FastAPI, live_database: Database
) -> None:
    waiting = MarketFollower(lambda: live_database, make_scorer(), engine_from=0)
    waiting._size = 1
    before, live_app.state.market = live_app.state.market, waiting
    refused = await scene.office.get(path_of("demands", scene.demand))
    live_app.state.market = before
    assert (refused.status_code, slug(refused), refused.headers["retry-after"]) == (503, "candidates-not-ready", "10")


async def test_an_open_demand_is_known_without_the_database_and_only_to_its_offices(
    scene: Scene, follower: MarketFollower, live_call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.matching.candidates.actions.listing.ProfileRepository", None)
    path = path_of("demands", scene.demand)
    assert [one["rank"] for one in (await ask(scene.office, path))["items"]] == [1, 2]
    neighbour = await live_call(Role.RURAL_OFFICER, division="513432000000").get(path)
    assert (neighbour.status_code, slug(neighbour)) == (404, "demand-unknown")


async def test_the_province_reads_the_figures_of_the_engine(scene: Scene, follower: MarketFollower) -> None:
    found = (await scene.province.get("/matching/v1/engine")).json()
    assert found["state"] == "answering"
    assert (found["supplies"], found["demands"], found["added"]) == (3, 2, 0)
    assert found["memory_bytes"] > 0
    assert found["as_of_position"] == {"as_of": "2026-11-22", "registry": None, "projects": None}
    assert (await scene.office.get("/matching/v1/engine")).status_code == 403


async def test_a_process_begins_without_its_database_and_a_small_market_is_left_to_the_reference(
    live_database: Database,
) -> None:
    followers = [
        MarketFollower(
            lambda: Database("postgresql+asyncpg://u:p@127.0.0.1:1/x", name="x"), make_scorer(), engine_from=0
        ),
        MarketFollower(lambda: Database(live_database.url, name="x"), make_scorer(), engine_from=1),
    ]
    for one in followers:
        await one.start()
        assert (one.live, one.describe().state) == (None, "none")
        await one.close()
