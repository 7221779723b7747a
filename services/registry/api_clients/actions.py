"""What one can do with API clients and their secrets."""

import secrets
from datetime import datetime
from uuid import UUID

from services.registry.api_clients.errors import ClientDivisionUnknown, ExpiresInThePast
from services.registry.api_clients.models import MOST_LIVE_SECRETS, ApiClient, ApiClientSecret
from services.registry.api_clients.repository import ApiClientRepository
from services.registry.api_clients.schemas import ApiClientCreate, ApiClientSecretCreate
from services.registry.divisions.actions import is_place_in_force
from shared.db import Session, new_id
from shared.sealing import Sealer

SECRET_BYTES = 32


async def create_api_client(
    session: Session, *, command: ApiClientCreate, by: str, sealer: Sealer, at: datetime, secret: str | None = None
) -> tuple[ApiClient, str]:
    """
    Create an API client and return it with its secret, which is stored only as a keyed hash.

    :raises ApiClientAlreadyExists: if the name is taken
    :raises RoleNeedsDivision: if the role works under a division and none is named
    :raises RoleNeedsOrganization: if the role works for an organization and none is named
    :raises ExpiresInThePast: if it would have ended already
    :raises ClientDivisionUnknown: if its division is unknown or out of force
    :raises ClientOrganizationUnknown: if its organization is not on record
    """
    _check_expiry(command.expires_at, at)
    secret = secret or secrets.token_urlsafe(SECRET_BYTES)
    client = ApiClient(id=new_id(), **command.model_dump(), created_by=by, secrets=[_hashed(secret, by, sealer, at)])
    client.check_scope()
    await _check_division(session, command.division)
    return await ApiClientRepository(session).add(client), secret


async def create_api_client_secret(
    session: Session, *, client_id: str, command: ApiClientSecretCreate, by: str, sealer: Sealer, at: datetime
) -> tuple[ApiClientSecret, str]:
    """
    Give an API client a second secret and return it; the first stays until it is revoked.

    :raises ApiClientNotFound: if there is none of this name
    :raises TwoSecretsAreLive: if it has two
    :raises ExpiresInThePast: if the secret would have ended already
    """
    _check_expiry(command.expires_at, at)
    client = await ApiClientRepository(session).get(client_id, for_update=True)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    added = client.add_secret(_hashed(secret, by, sealer, at, expires_at=command.expires_at), at=at)
    await session.flush()
    return added, secret


async def revoke_api_client_secret(
    session: Session, *, client_id: str, secret_id: UUID, at: datetime
) -> ApiClientSecret:
    """
    End a secret; the tokens that it got end within a minute.

    :raises ApiClientNotFound: if there is no client of this name
    :raises ApiClientSecretNotFound: if it has no such secret
    """
    client = await ApiClientRepository(session).get(client_id, for_update=True)
    revoked = client.revoke_secret(secret_id, at=at)
    await session.flush()
    return revoked


async def disable_api_client(session: Session, *, client_id: str, at: datetime) -> ApiClient:
    """
    Stop an API client from getting tokens; the ones it has end within a minute.

    :raises ApiClientNotFound: if there is none of this name
    """
    client = await ApiClientRepository(session).get(client_id, for_update=True)
    client.disable(at=at)
    await session.flush()
    return client


async def ensure_api_client(
    session: Session, *, command: ApiClientCreate, secret: str, sealer: Sealer, at: datetime
) -> ApiClient:
    """
    Create an API client with a given secret, or set an existing one right: what ``bootstrap`` may repeat.

    A secret that differs from the former is added to it, and of three the oldest ends.
    """
    clients = ApiClientRepository(session)
    if await clients.find(command.client_id) is None:
        client, _ = await create_api_client(
            session, command=command, by="bootstrap", sealer=sealer, at=at, secret=secret
        )
        return client
    client = await clients.get(command.client_id, for_update=True)
    for name, value in command.model_dump().items():
        setattr(client, name, value)
    client.check_scope()
    await _check_division(session, command.division)
    live = client.live_secrets(at=at)
    if not any(sealer.matches(secret, one.secret_hash) for one in live):
        if len(live) >= MOST_LIVE_SECRETS:
            client.revoke_secret(live[0].id, at=at)
        client.add_secret(_hashed(secret, "bootstrap", sealer, at), at=at)
    await session.flush()
    return client


async def _check_division(session: Session, code: str | None) -> None:
    if code is not None and not await is_place_in_force(session, code=code):
        raise ClientDivisionUnknown(pointer="/division")


def _hashed(
    secret: str, by: str, sealer: Sealer, at: datetime, *, expires_at: datetime | None = None
) -> ApiClientSecret:
    return ApiClientSecret(
        id=new_id(), secret_hash=sealer.hash(secret), created_by=by, created_at=at, expires_at=expires_at
    )


def _check_expiry(expires_at: datetime | None, at: datetime) -> None:
    if expires_at is not None and expires_at <= at:
        raise ExpiresInThePast(pointer="/expires_at")
