"""What one can do with grants."""

from datetime import datetime, timedelta
from uuid import UUID

from services.registry.api_clients.repository import ApiClientRepository
from services.registry.grants.errors import (
    ApplicationNotThere,
    GrantEndsInThePast,
    GrantorHasNoClient,
    GrantTooLong,
    ScopeNotYours,
)
from services.registry.grants.models import Grant
from services.registry.grants.repository import GrantRepository
from services.registry.grants.schemas import GrantCreate
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.contracts.scopes import SCOPES
from shared.db import Session, new_id, whole_platform


async def create_grant(session: Session, *, command: GrantCreate, by: Principal, most_days: int, at: datetime) -> Grant:
    """
    Let a partner application act for the caller's organization or office.

    :raises GrantEndsInThePast: if it would have ended already
    :raises GrantTooLong: if it ends later than the settings allow
    :raises ScopeNotYours: if the caller's role includes nothing of a scope
    :raises ApplicationNotThere: if the client is no live partner application
    :raises GrantorHasNoClient: if the caller is no live API client that stands for what its token says
    """
    if command.ends_at <= at:
        raise GrantEndsInThePast(pointer="/ends_at")
    if command.ends_at > at + timedelta(days=most_days):
        raise GrantTooLong(pointer="/ends_at", most=most_days)
    for index, scope in enumerate(command.scopes):
        if by.role not in SCOPES[scope].grantors:
            raise ScopeNotYours(pointer=f"/scopes/{index}")
    grant = Grant(
        id=new_id(),
        application=command.client_id,
        granted_by=by.subject,
        grantor_role=by.role,
        grantor_scope=by.scope,
        division=by.division,
        organization_id=by.organization_id,
        scopes=[scope.value for scope in command.scopes],
        purpose=command.purpose,
        ends_at=command.ends_at,
    )
    await _check_parties(session, grant, at)
    return await GrantRepository(session).add(grant)


async def revoke_grant(session: Session, *, grant_id: UUID, by: Principal, at: datetime) -> Grant:
    """
    End a grant; the tokens that it got end within a minute, and so does what is pushed under it.

    :raises GrantNotFound: if the caller may not know of it
    """
    grant = await GrantRepository(session).get(grant_id, visible_to=by, for_update=True)
    grant.revoke(by=by, at=at)
    await session.flush()
    return grant


async def _check_parties(session: Session, grant: Grant, at: datetime) -> None:
    clients = ApiClientRepository(session)
    async with whole_platform(session):  # who grants sees no client, not even its own
        application, grantor = await clients.find(grant.application), await clients.find(grant.granted_by)
    if application is None or application.role is not Role.PARTNER_APPLICATION or not application.is_live(at=at):
        raise ApplicationNotThere(pointer="/client_id")
    if grantor is None or not grantor.is_live(at=at) or not grant.stands_for(grantor):
        raise GrantorHasNoClient
