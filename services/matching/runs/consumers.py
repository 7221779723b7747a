"""The job that carries a run out; killed at any point, it is simply done again."""

from functools import partial
from typing import Any
from uuid import UUID

from services.matching.candidates.actions.scorer import Scorer
from services.matching.runs.actions import running
from services.matching.runs.errors import RunGivenUp
from shared import clock
from shared.db import Database
from shared.errors import DomainError

MOST_RETRIES = 8
"""They last some minutes, in which nobody can begin another run."""


async def execute_run(database: Database, scorer: Scorer, payload: dict[str, Any]) -> None:
    """Read, score block by block off the event loop, plan, and store everything in one transaction."""
    run_id = UUID(payload["run_id"])
    try:
        async with database.transaction() as session:
            work = await running.read_run_input(session, run_id=run_id, scorer=scorer)
    except DomainError as error:
        async with database.transaction() as session:
            await running.fail_run(session, run_id=run_id, error=error, at=clock.now())
        return
    if work is None:
        return
    blocks, done = [], 0
    for demands in work.list_blocks():
        blocks.append(await scorer.score(work.market.corpus, partial(work.score_block, demands)))
        done += len(demands)
        async with database.transaction() as session:
            await running.advance_run(session, run_id=run_id, steps_done=done, steps_total=len(work.market.demands))
    plan = await scorer.score(work.market.corpus, partial(work.make_plan, blocks))
    async with database.transaction() as session:
        await running.store_run(
            session,
            run_id=run_id,
            plan=plan,
            policy=work.market.policy,
            feed_cursors=work.feed_cursors,
            today=clock.today(),
            at=clock.now(),
        )


async def give_up_run(database: Database, payload: dict[str, Any]) -> None:
    """End a run whose job failed at every attempt, so that its caller hears of it and another can begin."""
    async with database.transaction() as session:
        await running.fail_run(session, run_id=UUID(payload["run_id"]), error=RunGivenUp(), at=clock.now())
