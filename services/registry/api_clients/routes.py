"""HTTP of API clients and their secrets."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from services.registry.api_clients import actions
from services.registry.api_clients.models import ApiClient, ApiClientSecret
from services.registry.api_clients.repository import ApiClientRepository
from services.registry.api_clients.schemas import (
    ApiClientCreate,
    ApiClientRead,
    ApiClientSecretCreate,
    ApiClientSecretRead,
    ApiClientWithSecret,
    NewApiClientSecret,
)
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
    """
    Create an API client (接口客户端); its secret is in this answer and nowhere else.

    It gets tokens once another security administrator has activated it.
    """
    client, secret = await actions.create_api_client(
        session, command=command, by=by.signature, sealer=request.app.state.sealer, at=clock.now()
    )
    return ApiClientWithSecret(**ApiClientRead.model_validate(client).model_dump(), client_secret=secret)


@router.get("/api-clients", response_model=Page[ApiClientRead])
async def list_api_clients(
    session: RequestSession, _by: ClientManager, page: Annotated[PageRequest, Depends(page_request)]
) -> Slice[ApiClient]:
    """List the API clients, with when each secret was last used."""
    return await ApiClientRepository(session).list(page=page)


@router.post("/api-clients/{client_id}/activate", response_model=ApiClientRead)
async def activate_api_client(client_id: str, session: RequestSession, by: ClientManager) -> ApiClient:
    """Let an API client in (激活客户端) that another security administrator made, with its secrets."""
    return await actions.activate_api_client(session, client_id=client_id, by=by, at=clock.now())


@router.post("/api-clients/{client_id}/disable", response_model=ApiClientRead)
async def disable_api_client(client_id: str, session: RequestSession, _by: ClientManager) -> ApiClient:
    """Stop an API client from getting tokens; the tokens it has are refused within a minute."""
    return await actions.disable_api_client(session, client_id=client_id, at=clock.now())


@router.post("/api-clients/{client_id}/secrets", status_code=201, dependencies=[RememberAnswer])
async def create_api_client_secret(
    client_id: str,
    command: ApiClientSecretCreate,
    request: Request,
    session: RequestSession,
    by: ClientManager,
) -> NewApiClientSecret:
    """
    Create a second secret (更换密钥) beside the first, so that it can be replaced without an outage.

    It gets tokens once another security administrator has activated it.
    """
    added, secret = await actions.create_api_client_secret(
        session, client_id=client_id, command=command, by=by.signature, sealer=request.app.state.sealer, at=clock.now()
    )
    return NewApiClientSecret(**ApiClientSecretRead.model_validate(added).model_dump(), client_secret=secret)


@router.post("/api-clients/{client_id}/secrets/{secret_id}/activate", response_model=ApiClientSecretRead)
async def activate_api_client_secret(
    client_id: str, secret_id: UUID, session: RequestSession, by: ClientManager
) -> ApiClientSecret:
    """Let a secret get tokens (激活密钥) that another security administrator made."""
    return await actions.activate_api_client_secret(
        session, client_id=client_id, secret_id=secret_id, by=by, at=clock.now()
    )


@router.post("/api-clients/{client_id}/secrets/{secret_id}/revoke", response_model=ApiClientSecretRead)
async def revoke_api_client_secret(
    client_id: str, secret_id: UUID, session: RequestSession, _by: ClientManager
) -> ApiClientSecret:
    """End a secret; the tokens that it got are refused within a minute."""
    return await actions.revoke_api_client_secret(session, client_id=client_id, secret_id=secret_id, at=clock.now())
