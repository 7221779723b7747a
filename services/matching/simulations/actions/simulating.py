"""Begin a simulation, read what it works on, tell its progress and its end: each in its own transaction."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.matching.candidates.actions.building import read_whole_market
from services.matching.candidates.actions.market import Market, read_market
from services.matching.candidates.actions.scorer import Scorer
from services.matching.policies.actions import read_current_policy, read_policy
from services.matching.simulations.actions.comparing import SimulationInput
from services.matching.simulations.errors import SimulationOfOnePolicy
from shared.auth.principals import Principal
from shared.db import Session
from shared.errors import DomainError
from shared.jobs import enqueue
from shared.operations import Operation, begin_operation, find_operation

EXECUTE_SIMULATION = "execute_simulation"


async def simulate_policy(
    session: Session, *, policy_id: UUID, against: UUID | None, by: Principal, today: date
) -> Operation:
    """
    Begin to compare a policy with another, or with the one in force, as an operation.

    :raises PolicyNotFound: if one of them is not there
    :raises NoPolicyInForce: if none is in force to compare with
    :raises SimulationOfOnePolicy: if both are the same
    """
    await read_policy(session, policy_id=policy_id, pointer="path/policy_id")
    before = against or (await read_current_policy(session, today=today)).id
    await read_policy(session, policy_id=before, pointer="/against")
    if before == policy_id:
        raise SimulationOfOnePolicy(pointer="/against")
    operation = await begin_operation(session, kind="policy_simulation", by=by)
    payload = {
        "operation_id": str(operation.id),
        "policy_id": str(policy_id),
        "against": str(before),
        "as_of": today.isoformat(),
    }
    await enqueue(session, EXECUTE_SIMULATION, payload, once=f"simulation {operation.id}")
    return operation


async def read_large_input(session: Session, *, payload: dict[str, Any]) -> SimulationInput:
    """
    Return the same as ``read_simulation_input``, page by page and all at one moment; the transaction begins with it.

    Vectors are not read: whoever encodes the texts reads them.

    :raises PolicyNotFound: if one of the policies is not there
    :raises NoPolicyInForce: if none is in force on the day
    """
    whole = await read_whole_market(session, today=date.fromisoformat(payload["as_of"]))
    return await _complete(session, payload, whole.market)


async def read_simulation_input(session: Session, *, payload: dict[str, Any], scorer: Scorer) -> SimulationInput:
    """
    Return both policies and the libraries of the day on which the simulation was begun, vectors in memory.

    :raises PolicyNotFound: if one of the policies is not there
    :raises NoPolicyInForce: if none is in force on the day
    """
    market = await read_market(session, today=date.fromisoformat(payload["as_of"]), scorer=scorer)
    return await _complete(session, payload, market)


async def advance_simulation(session: Session, *, operation_id: UUID, steps_done: int, steps_total: int) -> None:
    """Tell in the operation how many demands are compared."""
    operation = await find_operation(session, operation_id, for_update=True)
    if not operation.done:
        operation.advance(steps_done, steps_total)


async def finish_simulation(session: Session, *, operation_id: UUID, result: dict[str, Any], at: datetime) -> None:
    """Tell the result; what is finished stays as it is."""
    operation = await find_operation(session, operation_id, for_update=True)
    if not operation.done:
        operation.succeed(result, at=at)


async def fail_simulation(session: Session, *, operation_id: UUID, error: DomainError, at: datetime) -> None:
    """Tell why a simulation cannot be done; what is finished stays as it is."""
    operation = await find_operation(session, operation_id, for_update=True)
    if not operation.done:
        operation.fail(error, service="matching", at=at)


async def _complete(session: Session, payload: dict[str, Any], market: Market) -> SimulationInput:
    return SimulationInput(
        before=await read_policy(session, policy_id=UUID(payload["against"]), pointer="/against"),
        after=await read_policy(session, policy_id=UUID(payload["policy_id"]), pointer="path/policy_id"),
        market=market,
    )
