"""HTTP of closings, at the addresses of what is closed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.projects.closings import actions
from services.projects.demands.models import Demand
from services.projects.demands.schemas import DemandClose, DemandRead
from services.projects.permissions import DemandPublisher, SupplyLister
from services.projects.supplies.models import Supply
from services.projects.supplies.schemas import SupplyRead
from shared import clock
from shared.db import RequestSession
from shared.etags import expected_version, set_etag
from shared.idempotency import IdempotentRoute

router = APIRouter(prefix="/projects/v1", route_class=IdempotentRoute)
SeenVersion = Annotated[int, Depends(expected_version)]
DEMANDS, SUPPLIES = "demands 需求项目", "supplies 供给项目"


@router.post("/demands/{demand_id}/withdraw", response_model=DemandRead, tags=[DEMANDS])
async def withdraw_demand(
    demand_id: UUID, response: Response, session: RequestSession, by: DemandPublisher, seen: SeenVersion
) -> Demand:
    """Withdraw (撤回) a demand, whatever its state; what pairings hold of it is released."""
    demand = await actions.withdraw_demand(session, demand_id=demand_id, expected_version=seen, by=by, at=clock.now())
    set_etag(response, demand)
    return demand


@router.post("/demands/{demand_id}/close", response_model=DemandRead, tags=[DEMANDS])
async def close_demand(
    demand_id: UUID,
    command: DemandClose,
    response: Response,
    session: RequestSession,
    by: DemandPublisher,
    seen: SeenVersion,
) -> Demand:
    """Close (关闭) a published demand: completed, so that what is held is fulfilled, or merged into another."""
    demand = await actions.close_demand(
        session, demand_id=demand_id, reason=command.reason, expected_version=seen, by=by, at=clock.now()
    )
    set_etag(response, demand)
    return demand


@router.post("/supplies/{supply_id}/delist", response_model=SupplyRead, tags=[SUPPLIES])
async def delist_supply(
    supply_id: UUID, response: Response, session: RequestSession, by: SupplyLister, seen: SeenVersion
) -> Supply:
    """Delist (下架) an approved or listed supply for good; what pairings hold of it is released."""
    supply = await actions.delist_supply(session, supply_id=supply_id, expected_version=seen, by=by, at=clock.now())
    set_etag(response, supply)
    return supply
