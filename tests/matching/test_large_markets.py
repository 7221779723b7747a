"""Runs, simulations and the next best in a large market: by the engine, with the result of scoring every pair."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.matching.measuring import build_market
from bench.matching.province import AS_OF
from services.matching.allocation.graph import build_graph
from services.matching.candidates.actions.live import Owner
from services.matching.candidates.actions.market import read_market
from services.matching.candidates.actions.serving import list_region_names
from services.matching.candidates.actions.texts import TermsAloneModel
from services.matching.candidates.models import CorpusTerms
from services.matching.candidates.repository import TermsRepository
from services.matching.engine import pools as engine_pools
from services.matching.engine import sweeping
from services.matching.engine.sweeping import rematch
from services.matching.runs.actions import listed, planning, running
from services.matching.runs.actions.listed import ListedPairs, Listing
from services.matching.runs.actions.planning import Plan, RunInput
from services.matching.scoring.facts import DemandFacts, Offer, make_region_prefix
from services.matching.scoring.fit import UNKNOWN
from services.matching.scoring.gates import serves_place
from services.matching.scoring.policy import Policy, load_policy
from services.matching.scoring.text import CorpusTextModel, TermStatistics
from services.matching.simulations.actions.comparing import SimulationInput
from services.matching.simulations.actions.listing import compare, look_at_block, sum_up
from services.matching.worker import handlers
from shared import clock
from shared.db import Database
from shared.jobs import JobWorker
from shared.testing import Call, SavepointDatabase
from tests.fakes.projects import FakeProjects
from tests.matching.engine.markets import MODEL, PHRASES, demands, offers, sound_offers
from tests.matching.market import announce, make_demand, make_organization, make_scorer, make_supply
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene
from tests.matching.policy_drafts import draft
from tests.matching.run_steps import RUNS
from tests.matching.scoring import builders
from tests.matching.scoring.permitted import policies
from tests.matching.test_endings import decline, propose_next
from tests.matching.test_run_properties import Named, name_all, plan

pytestmark = [pytest.mark.usefixtures("legal_day"), pytest.mark.xdist_group("kernels")]
wishes = st.lists(demands.map(lambda one: replace(one, places=2)), min_size=1, max_size=6)
pools = st.lists(st.one_of(offers, sound_offers), min_size=2, max_size=10)


def make_run(policy: Policy, wanted: Named[DemandFacts], given_offers: Named[Offer]) -> RunInput:
    """Make a run of two candidates a demand, one pair of which was tried."""
    owners = {UUID(one.organization.organization_id) for _, one in given_offers}
    work = plan(replace(policy, proposal_threshold=0.2), wanted, given_offers)
    market = replace(work.market, organizations={one: Owner(one, "组织", "51") for one in owners})
    return replace(work, market=market, tried=frozenset({(UUID(int=1), UUID(int=100))}))


def plan_by_reference(work: RunInput) -> Plan:
    return work.make_plan([work.score_block(block, MODEL) for block in work.list_blocks()], MODEL)


def plan_by_engine(work: RunInput) -> Plan:
    listing = Listing(work, MODEL)
    return listing.make_plan([listing.look(block) for block in listing.list_blocks()])


def even(pool: list[Offer]) -> list[Offer]:
    return pool[: len(pool) // 2 * 2]  # two supplies to an organization


@given(wishes, pools, policies(), st.randoms())
@settings(max_examples=20, deadline=None)
def test_a_run_by_the_engine_plans_what_a_run_over_all_pairs_does_and_replays_to_the_same_bytes(
    wanted: list[DemandFacts], pool: list[Offer], policy: Policy, dice: random.Random
) -> None:
    with pytest.MonkeyPatch.context() as few:
        for module in (planning, listed):
            few.setattr(module, "MOST_CANDIDATES", 2)
        named, given_offers = name_all(wanted, even(pool))
        work = make_run(policy, named, given_offers)
        all_pairs, found = (asdict(one) for one in (plan_by_reference(work), plan_by_engine(work)))
        again = make_run(policy, dice.sample(named, len(named)), dice.sample(given_offers, len(given_offers)))
        assert asdict(plan_by_engine(again)) == found
    assert [one["supply_id"] for one in found["chosen"]] == [one["supply_id"] for one in all_pairs["chosen"]]
    for one, other in zip(found["chosen"], all_pairs["chosen"], strict=True):
        assert one["total"] == pytest.approx(other["total"], abs=1e-6)
        assert one["fit_parts"] == other["fit_parts"]
    for stage in ("eligible", "held"):
        assert found["allocation"][stage]["gap_over_all_pairs"] is not None
        kept = {name: value for name, value in found["allocation"][stage].items() if name != "floors"}
        other = {name: value for name, value in all_pairs["allocation"][stage].items() if name != "floors"}
        assert kept == pytest.approx(other, abs=1e-5)
        assert found["allocation"][stage]["floors"]["kept"] == all_pairs["allocation"][stage]["floors"]["kept"]
    counts = ("demands", "supplies", "pairs", "excluded_pairs", "held_pairs", "input_hash", "model_hash")
    assert [found[name] for name in counts] == [all_pairs[name] for name in counts]


@given(wishes, pools, policies(), policies())
@settings(max_examples=10, deadline=None)
def test_a_simulation_by_the_engine_tells_what_one_over_all_pairs_does(
    wanted: list[DemandFacts], pool: list[Offer], before: Policy, after: Policy
) -> None:
    market = make_run(before, *name_all(wanted, even(pool))).market
    work = SimulationInput(before=before, after=after, market=market)
    told = work.summarize([work.compare_block(block, MODEL) for block in work.list_blocks()])
    results = []
    for policy in (before, after):
        listing = Listing(work.begin_run(policy), MODEL)
        results.append(sum_up(listing, [look_at_block(listing, block) for block in listing.list_blocks()]))
    assert work.report(compare(work, *results), *(one.choice for one in results)) == told


def test_what_stands_in_no_pool_counts_for_the_certificate_and_nobody_certifies_for_unknown_held_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (engine_pools, sweeping):
        monkeypatch.setattr(module, "POOL", 20)
    size = 150
    province = build_market(size)
    searcher, snapshot = province.engine.open_searcher()
    searcher.lines = searcher.lines._replace(meaning_slope=0.0)
    without_meaning = rematch(searcher, snapshot, k=size, threads=1)
    named = (
        [(UUID(int=number), one) for number, one in enumerate(side)] for side in (province.demands, province.offers)
    )
    work = plan(replace(load_policy(), proposal_threshold=0.3), *named)
    listing = Listing(replace(work, market=replace(work.market, as_of=AS_OF)), province.model)
    found = [listing.find_pools(block) for block in listing.list_blocks()]
    pairs = ListedPairs(listing.numbered, listing.still, [listing.sift(one) for one in found], "")
    best = np.zeros((size, size))
    for row in range(size):
        free = (without_meaning.rows[row] >= 0) & ~without_meaning.held[row]
        best[row, without_meaning.rows[row][free]] = without_meaning.total[row][free]
    for some in found:
        for row, demand in enumerate(some.demands):
            in_pool = (some.supplies[row] >= 0) & ~some.is_held[row]
            best[demand, some.supplies[row][in_pool]] = some.totals[row][in_pool]
    dice = np.random.default_rng(4)
    prices, places = dice.random(size) * 0.5, dice.integers(0, 4, size)
    exact = np.sort(np.where(best >= 0.3, best - prices, 0).clip(0))[:, ::-1]
    exact = np.array([row[:most].sum() for row, most in zip(exact, places, strict=True)])
    columns = pairs.list_columns(held=False)
    graph = build_graph(
        demands=columns.demands, supplies=columns.supplies, scores=columns.totals, places=places, capacity=[1] * size
    )
    certify = pairs.certify(graph, held=False)
    assert certify is not None
    bound = certify(prices, places)
    assert (bound >= exact - 1e-6).all()
    assert exact.sum() <= bound.sum() <= 1.1 * exact.sum()
    assert sum(some.is_full.sum() for some in found) > size / 2
    assert pairs.certify(graph, held=True) is None


@given(demands, st.sampled_from(["51", "5107", "510703", "510700", "510000", "100000", "", "510722101000", "520103"]))
def test_no_region_that_contains_a_place_is_overlooked(demand: DemandFacts, region: str) -> None:
    served = builders.make_supply(service_regions=(make_region_prefix(region),))
    assert not serves_place(served, demand) or region in list_region_names(demand)


def test_terms_alone_weigh_as_they_do_beside_the_meaning() -> None:
    statistics = TermStatistics.of(PHRASES)
    alone, texts = TermsAloneModel(statistics), [*PHRASES, "村小缺图书,想请老师来上课"]
    known = CorpusTextModel(statistics, MODEL._encoder)
    sides = [(model.encode(texts[:3]), model.encode(texts)) for model in (alone, known)]
    first, second = alone.compare(*sides[0]), known.compare(*sides[1])
    assert (first.terms == second.terms).all()
    assert (first.meaning == UNKNOWN).all()
    assert alone.compare(alone.encode([]), alone.encode(texts)).terms.shape == (0, len(texts))


async def count_terms(database: Database) -> None:
    """Store a count of the market's own terms, as the market in memory does."""
    async with database.transaction() as session:
        market = await read_market(session, today=clock.today(), scorer=make_scorer())
        await TermsRepository(session).replace(CorpusTerms.of(TermStatistics.of(market.corpus)))


async def test_the_next_best_is_found_among_those_that_serve_the_place_alone(
    database: SavepointDatabase, call: Call
) -> None:
    scene = await set_scene(database, call)
    rivals = [make_organization(name=f"第{number}家基金会") for number in range(3)]
    best = make_supply(rivals[0], title="村小缺图书", service_regions=["513400000000"])
    await announce(
        database, *rivals, best, make_supply(rivals[1], title="义诊"), make_supply(rivals[2], service_regions=["44"])
    )
    pairing_id = await scene.order()
    await decline(scene, pairing_id)
    without_terms = await propose_next(scene, pairing_id, engine_from=0)
    assert without_terms is not None
    assert without_terms.supply_id == best.id
    await count_terms(database)
    await decline(scene, str(without_terms.id))
    follower = await propose_next(scene, without_terms.id, engine_from=0)
    assert follower is not None
    assert follower.organization_id == rivals[1].id
    await decline(scene, str(follower.id))
    assert await propose_next(scene, follower.id, engine_from=0) is None


@asynccontextmanager
async def working(database: Database) -> AsyncIterator[None]:
    """Let a worker do the jobs, by the engine however small the market is."""
    scorer, stop = make_scorer(), asyncio.Event()
    jobs = handlers(database, scorer, FakeProjects().client(), engine_from=0)
    worker = asyncio.create_task(JobWorker(database.url, jobs).run(stop))
    try:
        yield
    finally:
        stop.set()
        await worker
        scorer.close()


async def wait_for(scene: Scene, operation: str) -> dict[str, Any]:
    async with asyncio.timeout(240):  # the kernels may have to be compiled
        while not (ended := (await scene.province.get(operation)).json())["done"]:
            await asyncio.sleep(0.1)
    assert ended["progress"] == {"steps_done": 2, "steps_total": 2}
    result: dict[str, Any] = ended["result"]
    return result


async def test_the_worker_carries_out_runs_simulations_and_the_next_best_of_a_large_market(
    live_database: Database, live_call: Call
) -> None:
    scene = await set_scene(live_database, live_call)
    rival, listed_one = make_organization(), make_organization(credit_status="abnormal")
    away = make_supply(scene.organization, service_regions=["44"])
    far = make_demand(division="440103000000", owner_division="440103000000")
    await announce(live_database, rival, listed_one, away, far, make_supply(listed_one), make_supply(rival))
    async with live_database.transaction() as session:
        run_input = await running.read_large_input(session, as_of=clock.today())
    async with working(live_database):
        begun = await scene.province.post(RUNS)
        result = await wait_for(scene, begun.headers["location"])
        record = (await scene.province.get(f"{RUNS}/{result['run_id']}")).json()
        counts = ("demands", "supplies", "pairs", "excluded_pairs", "held_pairs", "proposed", "on_hold")
        assert [record["counts"][name] for name in counts] == [2, 4, 8, 4, 1, 2, 0]
        assert record["input_hash"] == run_input.hash()
        stage = record["allocation"]["eligible"]
        assert (stage["chosen"], stage["gap"], stage["gap_over_all_pairs"]) == (2, 0, 0)
        (first,) = (await scene.province.get(PAIRINGS, params={"demand_id": str(scene.demand.id)})).json()["items"]
        await decline(scene, first["id"])
        async with asyncio.timeout(60):
            while not (following := await list_following(scene, first["id"])):
                await asyncio.sleep(0.1)
        assert following[0]["supply_id"] != first["supply_id"]
        other = await draft(scene.province, allocation={"floors": {}})
        begun = await scene.province.post(f"/matching/v1/policies/{other}/simulate", json={})
        told = await wait_for(scene, begun.headers["location"])
        assert told["ranks"] == {"compared": 2, "top1_kept": 2, "top1_changed": 0, "top10_overlap": 1.0}


async def list_following(scene: Scene, pairing_id: str) -> list[dict[str, Any]]:
    found = (await scene.province.get(PAIRINGS)).json()["items"]
    return [one for one in found if one.get("previous_pairing_id") == pairing_id]
