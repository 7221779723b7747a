"""Store what came of a run: its proposals and its record, all or nothing."""

from datetime import date, datetime
from functools import partial
from uuid import UUID

from services.matching.candidates.actions.judging import judge_pairs
from services.matching.candidates.actions.market import Market
from services.matching.candidates.actions.scorer import Scorer
from services.matching.deliveries.actions import publish_run_event
from services.matching.pairings.actions.proposing import Proposal, store_proposal
from services.matching.pairings.errors import PairingUnderway
from services.matching.profiles.repository import ProfileRepository
from services.matching.runs.actions.planning import Plan
from services.matching.runs.models import Run, RunCounts
from services.matching.runs.repository import RunRepository
from services.matching.scoring.gates import GateResult
from services.matching.scoring.policy import Deadlines
from services.matching.scoring.ranking import PairScore
from shared.contracts.codes import PairingOrigin
from shared.contracts.matching import RunPayload
from shared.db import Session
from shared.operations import find_operation

JUDGED_AT_ONCE = 2_000
EXPLAINED_AT_ONCE = 50  # others wait for the scorer's thread meanwhile


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
