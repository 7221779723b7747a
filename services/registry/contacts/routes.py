"""HTTP of contacts of organizations."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.registry.contacts import actions
from services.registry.contacts.schemas import ContactPut, ContactRead
from services.registry.permissions import ContactKeeper, ContactReader
from shared import clock
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute

router = APIRouter(prefix="/registry/v1", tags=["contacts 联系方式"], route_class=IdempotentRoute)
NO_STORE = {"Cache-Control": "no-store"}


@router.put("/organizations/{organization_id}/contact")
async def put_contact(
    organization_id: UUID,
    command: ContactPut,
    request: Request,
    response: Response,
    session: RequestSession,
    by: ContactKeeper,
) -> ContactRead:
    """Set the contact (联系方式) of an organization, which the other side of a pairing sees from talks on."""
    response.headers.update(NO_STORE)
    return await actions.put_contact(
        session,
        organization_id=organization_id,
        command=command,
        sealer=request.app.state.sealer,
        by=by,
        at=clock.now(),
    )


@router.get("/organizations/{organization_id}/contact")
async def read_contact(
    organization_id: UUID, request: Request, response: Response, session: RequestSession, by: ContactReader
) -> ContactRead:
    """Read the contact (联系方式) of an organization of your own; every reading is recorded."""
    response.headers.update(NO_STORE)
    return await actions.read_contact(session, organization_id=organization_id, sealer=request.app.state.sealer, by=by)


@router.delete("/organizations/{organization_id}/contact", status_code=204)
async def delete_contact(organization_id: UUID, session: RequestSession, by: ContactKeeper) -> None:
    """Forget the contact (联系方式) of an organization of your own."""
    await actions.delete_contact(session, organization_id=organization_id, by=by)
