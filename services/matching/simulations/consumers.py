"""The job that carries a simulation out; killed at any point, it is simply done again."""

from functools import partial
from typing import Any
from uuid import UUID

from services.matching.candidates.actions.scorer import Scorer
from services.matching.simulations.actions import simulating
from services.matching.simulations.errors import SimulationGivenUp
from shared import clock
from shared.db import Database
from shared.errors import DomainError

MOST_RETRIES = 8


async def execute_simulation(database: Database, scorer: Scorer, payload: dict[str, Any]) -> None:
    """Read the libraries, score block by block under both policies off the event loop, and tell the result."""
    operation_id = UUID(payload["operation_id"])
    try:
        async with database.transaction() as session:
            work = await simulating.read_simulation_input(session, payload=payload, scorer=scorer)
    except DomainError as error:
        async with database.transaction() as session:
            await simulating.fail_simulation(session, operation_id=operation_id, error=error, at=clock.now())
        return
    blocks, done, total = [], 0, len(work.market.demands)
    for demands in work.list_blocks():
        blocks.append(await scorer.score(work.market.corpus, partial(work.compare_block, demands)))
        done += len(demands)
        async with database.transaction() as session:
            await simulating.advance_simulation(session, operation_id=operation_id, steps_done=done, steps_total=total)
    result = await scorer.run(partial(work.summarize, blocks))
    async with database.transaction() as session:
        await simulating.finish_simulation(session, operation_id=operation_id, result=result, at=clock.now())


async def give_up_simulation(database: Database, payload: dict[str, Any]) -> None:
    """End a simulation whose job failed at every attempt, so that its caller hears of it."""
    async with database.transaction() as session:
        await simulating.fail_simulation(
            session, operation_id=UUID(payload["operation_id"]), error=SimulationGivenUp(), at=clock.now()
        )
