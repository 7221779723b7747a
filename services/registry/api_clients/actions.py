"""What one can do with API clients."""

import secrets
from datetime import datetime

from services.registry.api_clients.errors import ClientDivisionUnknown
from services.registry.api_clients.models import ApiClient
from services.registry.api_clients.repository import ApiClientRepository
from services.registry.api_clients.schemas import ApiClientCreate
from services.registry.divisions.actions import is_place_in_force
from shared.db import Session
from shared.sealing import Sealer


async def create_api_client(
    session: Session, *, command: ApiClientCreate, by: str, sealer: Sealer, secret: str | None = None
) -> tuple[ApiClient, str]:
    """
    Create an API client and return it with its secret, which is stored only as a keyed hash.

    :raises ApiClientAlreadyExists: if the name is taken
    :raises RoleNeedsDivision: if the role works under a division and none is named
    :raises RoleNeedsOrganization: if the role works for an organization and none is named
    :raises ClientDivisionUnknown: if its division is unknown or out of force
    :raises ClientOrganizationUnknown: if its organization is not on record
    """
    secret = secret or secrets.token_urlsafe(32)
    client = ApiClient(**command.model_dump(), secret_hash=sealer.hash(secret), created_by=by)
    client.check_scope()
    await _check_division(session, command.division)
    return await ApiClientRepository(session).add(client), secret


async def disable_api_client(session: Session, *, client_id: str, at: datetime) -> ApiClient:
    """
    Stop an API client from getting tokens.

    :raises ApiClientNotFound: if there is none of this name
    """
    client = await ApiClientRepository(session).get(client_id, for_update=True)
    client.disable(at=at)
    await session.flush()
    return client


async def ensure_api_client(session: Session, *, command: ApiClientCreate, secret: str, sealer: Sealer) -> ApiClient:
    """Create an API client with a given secret, or set an existing one right: what ``bootstrap`` may repeat."""
    client = await ApiClientRepository(session).find(command.client_id)
    if client is None:
        client, _ = await create_api_client(session, command=command, by="bootstrap", sealer=sealer, secret=secret)
        return client
    for name, value in command.model_dump().items():
        setattr(client, name, value)
    client.check_scope()
    await _check_division(session, command.division)
    client.secret_hash = sealer.hash(secret)
    return await ApiClientRepository(session).add(client)


async def _check_division(session: Session, code: str | None) -> None:
    if code is not None and not await is_place_in_force(session, code=code):
        raise ClientDivisionUnknown(pointer="/division")
