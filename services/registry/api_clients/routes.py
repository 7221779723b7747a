"""HTTP of API clients."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from services.registry.api_clients import actions
from services.registry.api_clients.models import ApiClient
from services.registry.api_clients.repository import ApiClientRepository
from services.registry.api_clients.schemas import ApiClientCreate, ApiClientRead, ApiClientWithSecret
from services.registry.permissions import ClientManager
from shared import clock
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.paging import Page, PageRequest, Slice, page_request

router = APIRouter(prefix="/registry/v1", tags=["api clients 接口客户端"], route_class=IdempotentRoute)


@router.post("/api-clients", status_code=201, dependencies=[RememberAnswer])
async def create_api_client(
    command: ApiClientCreate, request: Request, session: RequestSession, by: ClientManager
) -> ApiClientWithSecret:
    """Create an API client (接口客户端); its secret is in this answer and nowhere else."""
    client, secret = await actions.create_api_client(
        session, command=command, by=by.subject, sealer=request.app.state.sealer
    )
    return ApiClientWithSecret(**ApiClientRead.model_validate(client).model_dump(), client_secret=secret)


@router.get("/api-clients", response_model=Page[ApiClientRead])
async def list_api_clients(
    session: RequestSession, _by: ClientManager, page: Annotated[PageRequest, Depends(page_request)]
) -> Slice[ApiClient]:
    """List the API clients."""
    return await ApiClientRepository(session).list(page=page)


@router.post("/api-clients/{client_id}/disable", response_model=ApiClientRead)
async def disable_api_client(client_id: str, session: RequestSession, _by: ClientManager) -> ApiClient:
    """Stop an API client from getting tokens; tokens given out before end within an hour."""
    return await actions.disable_api_client(session, client_id=client_id, at=clock.now())
