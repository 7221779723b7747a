"""HTTP of simulations."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.matching.permissions import PolicySimulator
from services.matching.simulations.actions import simulating
from services.matching.simulations.schemas import SimulationCreate
from shared import clock
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.operations import OperationRead, describe

router = APIRouter(prefix="/matching/v1", tags=["policies 匹配政策"], route_class=IdempotentRoute)


@router.post("/policies/{policy_id}/simulate", status_code=202, dependencies=[RememberAnswer])
async def simulate_policy(
    policy_id: UUID, command: SimulationCreate, response: Response, session: RequestSession, by: PolicySimulator
) -> OperationRead:
    """Compare a version or draft with another one on the present libraries (政策模拟); nothing is proposed."""
    operation = await simulating.simulate_policy(
        session, policy_id=policy_id, against=command.against, by=by, today=clock.today()
    )
    response.headers["Location"] = f"/matching/v1/operations/{operation.id}"
    return describe(operation)
