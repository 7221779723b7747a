"""What one can do with API clients and their secrets."""

import secrets
from datetime import datetime
from uuid import UUID

from services.registry.api_clients.errors import ClientDivisionUnknown, ExpiresInThePast, ServicesAreDeployed
from services.registry.api_clients.models import MOST_LIVE_SECRETS, ApiClient, ApiClientSecret
from services.registry.api_clients.repository import ApiClientRepository
from services.registry.api_clients.schemas import ApiClientCreate, ApiClientSecretCreate
from services.registry.divisions.actions import is_place_in_force
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Session, new_id
from shared.sealing import Sealer

SECRET_BYTES = 32
BOOTSTRAP = "bootstrap"


async def create_api_client(
    session: Session, *, command: ApiClientCreate, by: str, sealer: Sealer, at: datetime
) -> tuple[ApiClient, str]:
    """
    Create an API client and return it with its secret, which is stored only as a keyed hash.

    It gets no token until a second person has activated it.

    :raises ServicesAreDeployed: if it should be one of the services
    :raises ApiClientAlreadyExists: if the name is taken
    :raises RoleNeedsDivision: if the role works under a division and none is named
    :raises RoleNeedsOrganization: if the role works for an organization and none is named
    :raises ExpiresInThePast: if it would have ended already
    :raises ClientDivisionUnknown: if its division is unknown or out of force
    :raises ClientOrganizationUnknown: if its organization is not on record
    """
    if command.role is Role.SERVICE:
        raise ServicesAreDeployed(pointer="/role")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    client = await _make(session, command=command, at=at, by=by, secret=_hashed(secret, by, sealer, at))
    return await ApiClientRepository(session).add(client), secret


async def activate_api_client(session: Session, *, client_id: str, by: Principal, at: datetime) -> ApiClient:
    """
    Let an API client get tokens that somebody else made.

    :raises ApiClientNotFound: if there is none of this name
    :raises ActivatorIsCreator: if the caller made it
    """
    client = await ApiClientRepository(session).get(client_id, for_update=True)
    client.activate_with_secrets(by=by, at=at)
    await session.flush()
    return client


async def create_api_client_secret(
    session: Session, *, client_id: str, command: ApiClientSecretCreate, by: str, sealer: Sealer, at: datetime
) -> tuple[ApiClientSecret, str]:
    """
    Give an API client a second secret and return it; the first stays until it is revoked.

    It gets no token until a second person has activated it: who makes it sees it, and could be whoever it stands for.

    :raises ServicesAreDeployed: if the client is one of the services
    :raises ApiClientNotFound: if there is none of this name
    :raises TwoSecretsAreLive: if it has two
    :raises ExpiresInThePast: if the secret would have ended already
    """
    _check_expiry(command.expires_at, at)
    client = await ApiClientRepository(session).get(client_id, for_update=True)
    if client.role is Role.SERVICE:
        raise ServicesAreDeployed
    secret = secrets.token_urlsafe(SECRET_BYTES)
    added = client.add_secret(_hashed(secret, by, sealer, at, expires_at=command.expires_at), at=at)
    await session.flush()
    return added, secret


async def activate_api_client_secret(
    session: Session, *, client_id: str, secret_id: UUID, by: Principal, at: datetime
) -> ApiClientSecret:
    """
    Let a secret get tokens that somebody else made.

    :raises ApiClientNotFound: if there is no client of this name
    :raises ApiClientSecretNotFound: if it has no such secret
    :raises ActivatorIsCreator: if the caller made it
    """
    client = await ApiClientRepository(session).get(client_id, for_update=True)
    activated = client.activate_secret(secret_id, by=by, at=at)
    await session.flush()
    return activated


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

    A secret that differs from the former is added to it, and of three the oldest ends. Another role or scope ends all
    former secrets and their tokens. Whatever the deployment states is active at once.
    """
    clients = ApiClientRepository(session)
    given = _hashed(secret, BOOTSTRAP, sealer, at)
    given.vouch(by=BOOTSTRAP, at=at)
    if await clients.find(command.client_id) is None:
        client = await _make(session, command=command, at=at, by=BOOTSTRAP, secret=given)
        client.vouch(by=BOOTSTRAP, at=at)
        return await clients.add(client)
    client = await clients.get(command.client_id, for_update=True)
    client.change(command.model_dump(), at=at)
    client.check_scope()
    client.vouch(by=BOOTSTRAP, at=at)
    await _check_division(session, command.division)
    standing = client.standing_secrets(at=at)
    known = next((one for one in standing if sealer.matches(secret, one.secret_hash)), None)
    if known is not None:
        known.vouch(by=BOOTSTRAP, at=at)
    else:
        if len(standing) >= MOST_LIVE_SECRETS:
            client.revoke_secret(standing[0].id, at=at)
        client.add_secret(given, at=at)
    await session.flush()
    return client


async def _make(
    session: Session, *, command: ApiClientCreate, at: datetime, by: str, secret: ApiClientSecret
) -> ApiClient:
    _check_expiry(command.expires_at, at)
    client = ApiClient(id=new_id(), **command.model_dump(), created_by=by, secrets=[secret])
    client.check_scope()
    await _check_division(session, command.division)
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
