"""Begin a run, read its input, tell its progress, or that it cannot be done: each in its own transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.matching.candidates.actions.building import read_whole_market
from services.matching.candidates.actions.market import Market, count_market, read_market
from services.matching.candidates.actions.scorer import Scorer
from services.matching.pairings.actions.quotas import read_pending
from services.matching.pairings.models import ENDED
from services.matching.pairings.repository import PairingRepository
from services.matching.profiles.repository import ProfileRepository
from services.matching.runs.actions.planning import LastRun, RunInput
from services.matching.runs.models import Run
from services.matching.runs.repository import RunRepository
from shared.auth.principals import Principal
from shared.db import Session
from shared.errors import DomainError
from shared.jobs import enqueue
from shared.operations import Operation, begin_operation, find_operation

EXECUTE_RUN = "execute_run"


@dataclass(frozen=True)
class RunView:
    """What decides how a run is carried out: its legal day, and how many open demands and listed supplies there are."""

    as_of: date
    size: int


async def begin_run(session: Session, *, by: Principal, today: date) -> Operation:
    """
    Begin a batch run as an operation.

    :raises RunUnderway: if another one is not finished
    """
    operation = await begin_operation(session, kind="matching_run", by=by)
    run = Run(operation_id=operation.id, begun_by=by.signature, as_of=today)
    await RunRepository(session).add(run)
    await enqueue(session, EXECUTE_RUN, {"run_id": str(run.id)}, once=f"run {run.id}")
    return operation


async def look_at_run(session: Session, *, run_id: UUID) -> RunView | None:
    """
    Return the day of a run and the size of its market, or nothing if it is finished already.

    :raises RunNotFound: if there is no such run
    """
    run = await RunRepository(session).get(run_id)
    return RunView(run.as_of, await count_market(session)) if run.underway else None


async def read_large_input(session: Session, *, as_of: date) -> RunInput:
    """
    Return what a run works on, page by page and all at one moment; the transaction must begin with it.

    Vectors are not read: whoever encodes the texts reads them.

    :raises NoPolicyInForce: if no policy is in force on the day
    """
    market = (await read_whole_market(session, today=as_of)).market
    return await _complete(session, market, dict(market.cursors))


async def read_run_input(session: Session, *, run_id: UUID, scorer: Scorer) -> RunInput | None:
    """
    Return what a run works on, the vectors of its texts in memory, or nothing if it is finished already.

    :raises RunNotFound: if there is no such run
    :raises NoPolicyInForce: if no policy is in force on its day
    """
    run = await RunRepository(session).get(run_id)
    if not run.underway:
        return None
    # The cursors first: what is read after them is at least as new.
    cursors = await ProfileRepository(session).read_cursors()
    return await _complete(session, await read_market(session, today=run.as_of, scorer=scorer), cursors)


async def advance_run(session: Session, *, run_id: UUID, steps_done: int, steps_total: int) -> None:
    """
    Tell in the operation how many demands are scored.

    :raises RunNotFound: if there is no such run
    """
    run = await RunRepository(session).get(run_id)
    operation = await find_operation(session, run.operation_id, for_update=True)
    if not operation.done:
        operation.advance(steps_done, steps_total)


async def fail_run(session: Session, *, run_id: UUID, error: DomainError, at: datetime) -> None:
    """
    End a run that cannot be done, and tell why.

    :raises RunNotFound: if there is no such run
    """
    run = await RunRepository(session).get(run_id, for_update=True)
    operation = await find_operation(session, run.operation_id, for_update=True)
    if run.underway:
        run.fail(error.slug(), at=at)
        operation.fail(error, service="matching", at=at)


async def _complete(session: Session, market: Market, cursors: dict[str, str]) -> RunInput:
    runs = RunRepository(session)
    return RunInput(
        market=market,
        feed_cursors=cursors,
        tried=frozenset(await PairingRepository(session).list_tried()),
        pending=await read_pending(session),
        recommended_today=await runs.count_recommended(market.as_of),
        last=await _read_last(runs),
    )


async def _read_last(runs: RunRepository) -> LastRun:
    last = await runs.find_last()
    if last is None:
        return LastRun()
    pairs = await runs.list_pairs(last.id)
    standing = frozenset(pair for pair, status in pairs.items() if status not in ENDED)
    return LastRun(run_id=last.id, pairs=frozenset(pairs), standing=standing)
