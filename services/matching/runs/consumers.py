"""The job that carries a run out; killed at any point, it is simply done again."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

from services.matching.candidates.actions.scorer import Scorer
from services.matching.candidates.actions.texts import StoredVectors
from services.matching.candidates.consumers import streaming_vectors
from services.matching.runs.actions import running, storing
from services.matching.runs.actions.listed import Listing
from services.matching.runs.actions.planning import Plan, RunInput
from services.matching.runs.errors import RunGivenUp
from shared import clock
from shared.db import Database
from shared.errors import DomainError

Advance = Callable[[int], Awaitable[None]]
MOST_RETRIES = 8
"""They last some minutes, in which nobody can begin another run."""


async def execute_run(database: Database, scorer: Scorer, payload: dict[str, Any], *, engine_from: int) -> None:
    """
    Read, find the candidates off the event loop, plan, and store everything in one transaction.

    From ``engine_from`` open demands and listed supplies together on the engine finds them, below the reference scores
    every pair.
    """
    run_id = UUID(payload["run_id"])
    try:
        async with database.transaction() as session:
            view = await running.look_at_run(session, run_id=run_id)
        if view is None:
            return
        is_large = view.size >= engine_from
        async with database.transaction() as session:
            work: RunInput | None
            if is_large:
                work = await running.read_large_input(session, as_of=view.as_of)
            else:
                work = await running.read_run_input(session, run_id=run_id, scorer=scorer)
    except DomainError as error:
        async with database.transaction() as session:
            await running.fail_run(session, run_id=run_id, error=error, at=clock.now())
        return
    if work is None:
        return

    async def advance(done: int) -> None:
        async with database.transaction() as session:
            await running.advance_run(session, run_id=run_id, steps_done=done, steps_total=len(work.market.demands))

    if is_large:
        async with streaming_vectors(database, scorer) as vectors:
            plan = await _plan_by_engine(work, vectors, advance)
    else:
        plan = await _plan_by_reference(work, scorer, advance)
    async with database.transaction() as session:
        await storing.store_run(
            session,
            run_id=run_id,
            plan=plan,
            market=work.market,
            feed_cursors=work.feed_cursors,
            scorer=scorer,
            today=clock.today(),
            at=clock.now(),
        )


async def _plan_by_reference(work: RunInput, scorer: Scorer, advance: Advance) -> Plan:
    blocks, done = [], 0
    for demands in work.list_blocks():
        blocks.append(await scorer.score(work.market.corpus, partial(work.score_block, demands)))
        done += len(demands)
        await advance(done)
    return await scorer.score(work.market.corpus, partial(work.make_plan, blocks))


async def _plan_by_engine(work: RunInput, vectors: StoredVectors, advance: Advance) -> Plan:
    """Not in the scorer's thread: it encodes what the engine reads, and others wait for it."""
    listing = await asyncio.to_thread(Listing.build, work, vectors)
    blocks, done = [], 0
    for demands in listing.list_blocks():
        blocks.append(await asyncio.to_thread(listing.look, demands))
        done += len(demands)
        await advance(done)
    return await asyncio.to_thread(listing.make_plan, blocks)


async def give_up_run(database: Database, payload: dict[str, Any]) -> None:
    """End a run whose job failed at every attempt, so that its caller hears of it and another can begin."""
    async with database.transaction() as session:
        await running.fail_run(session, run_id=UUID(payload["run_id"]), error=RunGivenUp(), at=clock.now())
