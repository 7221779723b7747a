"""HTTP of contacts of demands."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.projects.contacts import actions
from services.projects.contacts.schemas import ContactPut, ContactRead
from services.projects.permissions import ContactKeeper, ContactReader
from shared import clock
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute

router = APIRouter(prefix="/projects/v1", tags=["contacts 联系方式"], route_class=IdempotentRoute)
NO_STORE = {"Cache-Control": "no-store"}


@router.put("/demands/{demand_id}/contact")
async def put_contact(
    demand_id: UUID,
    command: ContactPut,
    request: Request,
    response: Response,
    session: RequestSession,
    by: ContactKeeper,
) -> ContactRead:
    """Set the contact (联系方式) of a demand, which the other side of a pairing sees from talks on."""
    response.headers.update(NO_STORE)
    return await actions.put_contact(
        session, demand_id=demand_id, command=command, sealer=request.app.state.sealer, by=by, at=clock.now()
    )


@router.get("/demands/{demand_id}/contact")
async def read_contact(
    demand_id: UUID, request: Request, response: Response, session: RequestSession, by: ContactReader
) -> ContactRead:
    """Read the contact (联系方式) of a demand of your own; every reading is recorded."""
    response.headers.update(NO_STORE)
    return await actions.read_contact(session, demand_id=demand_id, sealer=request.app.state.sealer, by=by)


@router.delete("/demands/{demand_id}/contact", status_code=204)
async def delete_contact(demand_id: UUID, session: RequestSession, by: ContactKeeper) -> None:
    """Forget the contact (联系方式) of a demand of your own."""
    await actions.delete_contact(session, demand_id=demand_id, by=by)
