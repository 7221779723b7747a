"""The job that carries a simulation out; killed at any point, it is simply done again."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

from services.matching.candidates.actions.market import count_market
from services.matching.candidates.actions.scorer import Scorer
from services.matching.candidates.actions.texts import StoredVectors
from services.matching.candidates.consumers import streaming_vectors
from services.matching.runs.actions.listed import Listing
from services.matching.scoring.policy import Policy
from services.matching.simulations.actions import simulating
from services.matching.simulations.actions.comparing import SimulationInput
from services.matching.simulations.actions.listing import PolicyResult, compare, look_at_block, sum_up
from services.matching.simulations.errors import SimulationGivenUp
from shared import clock
from shared.db import Database
from shared.errors import DomainError

Advance = Callable[[int], Awaitable[None]]
MOST_RETRIES = 8


async def execute_simulation(database: Database, scorer: Scorer, payload: dict[str, Any], *, engine_from: int) -> None:
    """
    Read the libraries, compare them under both policies off the event loop, and tell the result.

    From ``engine_from`` open demands and listed supplies together on by the engine, below by scoring every pair.
    """
    operation_id = UUID(payload["operation_id"])
    try:
        async with database.transaction() as session:
            is_large = await count_market(session) >= engine_from
        async with database.transaction() as session:
            if is_large:
                work = await simulating.read_large_input(session, payload=payload)
            else:
                work = await simulating.read_simulation_input(session, payload=payload, scorer=scorer)
    except DomainError as error:
        async with database.transaction() as session:
            await simulating.fail_simulation(session, operation_id=operation_id, error=error, at=clock.now())
        return
    total = len(work.market.demands)

    async def advance(done: int) -> None:
        async with database.transaction() as session:
            await simulating.advance_simulation(session, operation_id=operation_id, steps_done=done, steps_total=total)

    if is_large:
        async with streaming_vectors(database, scorer) as vectors:
            result = await _compare_by_engine(work, vectors, advance)
    else:
        result = await _compare_by_reference(work, scorer, advance)
    async with database.transaction() as session:
        await simulating.finish_simulation(session, operation_id=operation_id, result=result, at=clock.now())


async def _compare_by_reference(work: SimulationInput, scorer: Scorer, advance: Advance) -> dict[str, Any]:
    blocks, done = [], 0
    for demands in work.list_blocks():
        blocks.append(await scorer.score(work.market.corpus, partial(work.compare_block, demands)))
        done += len(demands)
        await advance(done)
    return await scorer.run(partial(work.summarize, blocks))


async def _compare_by_engine(work: SimulationInput, vectors: StoredVectors, advance: Advance) -> dict[str, Any]:
    """Look at the demands under one policy after the other: two engines at once would take twice the memory."""
    total = len(work.market.demands)
    before = await _look_at_all(work, work.before, vectors, lambda done: advance(done // 2))
    after = await _look_at_all(work, work.after, vectors, lambda done: advance((total + done) // 2))
    return await asyncio.to_thread(lambda: work.report(compare(work, before, after), before.choice, after.choice))


async def _look_at_all(work: SimulationInput, policy: Policy, vectors: StoredVectors, advance: Advance) -> PolicyResult:
    listing = await asyncio.to_thread(Listing.build, work.begin_run(policy), vectors)
    blocks, done = [], 0
    for demands in listing.list_blocks():
        blocks.append(await asyncio.to_thread(look_at_block, listing, demands))
        done += len(demands)
        await advance(done)
    return await asyncio.to_thread(sum_up, listing, blocks)


async def give_up_simulation(database: Database, payload: dict[str, Any]) -> None:
    """End a simulation whose job failed at every attempt, so that its caller hears of it."""
    async with database.transaction() as session:
        await simulating.fail_simulation(
            session, operation_id=UUID(payload["operation_id"]), error=SimulationGivenUp(), at=clock.now()
        )
