"""Begin a run, read its input, tell its progress, and store what came of it: each in its own transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from services.matching.candidates.actions.building import read_whole_market
from services.matching.candidates.actions.judging import judge_pairs
from services.matching.candidates.actions.market import Market, count_market, read_market
from services.matching.candidates.actions.scorer import Scorer
from services.matching.deliveries.actions import publish_run_event
from services.matching.pairings.actions.proposing import Proposal, store_proposal
from services.matching.pairings.actions.quotas import read_pending
from services.matching.pairings.errors import PairingUnderway
from services.matching.pairings.models import ENDED
from services.matching.pairings.repository import PairingRepository
from services.matching.profiles.repository import ProfileRepository
from services.matching.runs.actions.planning import LastRun, Plan, RunInput
from services.matching.runs.models import Run, RunCounts
from services.matching.runs.repository import RunRepository
from services.matching.scoring.gates import GateResult
from services.matching.scoring.policy import Deadlines
from services.matching.scoring.ranking import PairScore
from shared.auth.principals import Principal
from shared.contracts.codes import PairingOrigin
from shared.contracts.matching import RunPayload
from shared.db import Session
from shared.errors import DomainError
from shared.jobs import enqueue
from shared.operations import Operation, begin_operation, find_operation

EXECUTE_RUN = "execute_run"
JUDGED_AT_ONCE = 2_000
EXPLAINED_AT_ONCE = 50  # others wait for the scorer's thread meanwhile


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


async def store_run(
    session: Session,
    *,
    run_id: UUID,
    plan: Plan,
    market: Market,
    feed_cursors: dict[str, str],
    scorer: Scorer,
    today: date,
    at: datetime,
) -> None:
    """
    Propose what was planned and finish the run, all or nothing; a finished run is left as it is.

    What closed, was proposed by others or is judged otherwise since the input was read is left out.

    :raises RunNotFound: if there is no such run
    """
    run = await RunRepository(session).get(run_id, for_update=True)
    if not run.underway:
        return
    deadlines, stored = Deadlines.of(market.policy), []
    chosen = await _list_still_open(session, plan, today)
    for start in range(0, len(chosen), EXPLAINED_AT_ONCE):  # all explanations of a province would fill the memory
        some = chosen[start : start + EXPLAINED_AT_ONCE]
        for proposal in await scorer.run(partial(_explain, some, market)):
            if await _store(session, proposal, run, deadlines, today, at):
                stored.append(proposal.pair.held)
    counts: RunCounts = {
        "demands": plan.demands,
        "supplies": plan.supplies,
        "pairs": plan.pairs,
        "excluded_pairs": plan.excluded_pairs,
        "held_pairs": plan.held_pairs,
        "proposed": sum(not held for held in stored),
        "on_hold": sum(bool(held) for held in stored),
    }
    run.finish(
        policy_version=plan.policy_version,
        model_hash=plan.model_hash,
        input_hash=plan.input_hash,
        feed_cursors=feed_cursors,
        counts=counts,
        allocation=plan.allocation,
        at=at,
    )
    operation = await find_operation(session, run.operation_id, for_update=True)
    operation.advance(plan.demands, plan.demands)
    operation.succeed({"run_id": str(run.id), **counts}, at=at)
    payload = RunPayload(run_id=run.id, as_of=run.as_of, policy_version=plan.policy_version, **counts)
    await publish_run_event(session, payload=payload, at=at)


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


def _explain(pairs: list[PairScore], market: Market) -> list[Proposal]:
    return [Proposal.of(pair, market) for pair in pairs]


async def _list_still_open(session: Session, plan: Plan, today: date) -> list[PairScore]:
    demands, supplies = await ProfileRepository(session).keep_open(
        [UUID(one.demand_id) for one in plan.chosen], [UUID(one.supply_id) for one in plan.chosen]
    )
    pairs = [(UUID(one.demand_id), UUID(one.supply_id)) for one in plan.chosen]
    judged: dict[tuple[UUID, UUID], GateResult] = {}
    for start in range(0, len(pairs), JUDGED_AT_ONCE):
        judged |= await judge_pairs(session, pairs=pairs[start : start + JUDGED_AT_ONCE], today=today)
    return [
        one
        for one, (demand_id, supply_id) in zip(plan.chosen, pairs, strict=True)
        if demand_id in demands and supply_id in supplies and _is_judged_alike(one, judged.get((demand_id, supply_id)))
    ]


def _is_judged_alike(pair: PairScore, gates: GateResult | None) -> bool:
    return gates is not None and not gates.excluded and gates.held == pair.held


async def _store(
    session: Session, proposal: Proposal, run: Run, deadlines: Deadlines, today: date, at: datetime
) -> bool:
    try:
        await store_proposal(
            session,
            proposal=proposal,
            origin=PairingOrigin.RECOMMENDED,
            deadlines=deadlines,
            today=today,
            at=at,
            run_id=run.id,
        )
    except PairingUnderway:
        return False
    return True
