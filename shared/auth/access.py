"""What a role may do: one table of action and roles, one function that decides, one dependency for routes."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.auth.errors import GrantNeeded, NotAllowed, NotGranted, TokenInvalid, TokenMissing
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.contracts.scopes import SCOPE_OF_ACTION

Permissions = Mapping[str, frozenset[Role]]
"""For every action of a service the roles that may do it; where they may do it is a matter of scope."""

bearer = HTTPBearer(auto_error=False, scheme_name="bearer", description="Access token from `POST /registry/v1/tokens`")


def authorize(principal: Principal, action: str, permissions: Permissions) -> None:
    """
    Refuse an action that the caller's role, or the grant under which it acts, does not include.

    An action missing from the table is refused to all, one that belongs to no scope to every application that acts
    for somebody.

    :raises NotAllowed: if the role may not do it
    :raises GrantNeeded: if an application may do it, once somebody has granted it
    :raises NotGranted: if the role may, but it was not granted to the application
    """
    if principal.role not in permissions.get(action, frozenset()):
        if principal.role is Role.PARTNER_APPLICATION and action in SCOPE_OF_ACTION:
            raise GrantNeeded(action=action)
        raise NotAllowed(action=action)
    if principal.scopes is not None and SCOPE_OF_ACTION.get(action) not in principal.scopes:
        raise NotGranted(action=action)


async def authenticate(
    request: Request,
    credentials: HTTPAuthorizationCredentials | None = Depends(bearer),  # noqa: B008
) -> Principal:
    """
    Return the caller of the request; use it as a dependency.

    :raises TokenMissing: without a bearer token
    :raises TokenInvalid: with one that is not valid
    :raises AskedTooOften: if the client, or for refused tokens the address, has used up its quota
    """
    known: Principal | None = getattr(request.state, "principal", None)
    if known is not None:
        # Asked before the body was read: one request counts once.
        return known
    if credentials is None or not credentials.credentials:
        raise TokenMissing
    limits = request.app.state.rate_limits
    try:
        principal: Principal = await request.app.state.verifier.verify(credentials.credentials)
    except TokenInvalid:
        # Guessing is bounded; a valid token from the same address is none the worse.
        await limits.count_address(request)
        raise
    request.state.principal = principal
    await limits.count_client(request, principal)
    return principal


async def authenticate_again(request: Request) -> None:
    """
    Check the token of a known caller once more, after a long wait.

    :raises TokenInvalid: if it has ended meanwhile
    :raises TokenRevoked: if it, its client or the grant that it stands on was revoked meanwhile
    """
    await request.app.state.verifier.verify(request.headers["Authorization"].partition(" ")[2])


def allow(action: str) -> Callable[..., Coroutine[Any, Any, Principal]]:
    """Return the dependency that lets only roles through which may do ``action``, and gives the route its caller."""

    async def check(request: Request, principal: Principal = Depends(authenticate)) -> Principal:  # noqa: B008
        authorize(principal, action, request.app.state.permissions)
        return principal

    check.__name__ = f"allow_{action}"
    check.action = action  # type: ignore[attr-defined]
    return check


class Needs(Protocol):
    """What FastAPI knows of a route's or dependency's own dependencies."""

    call: Callable[..., Any] | None
    dependencies: list[Any]


def actions_of(needs: Needs) -> list[str]:
    """Return the actions of the table that a route asks for, as the named types in its signature tell."""
    own: str | None = getattr(needs.call, "action", None)
    return [*([own] if own else []), *(action for one in needs.dependencies for action in actions_of(one))]


def asks_who_calls(needs: Needs) -> bool:
    """Tell whether a route or dependency lets nobody through without a valid token."""
    return needs.call is authenticate or any(asks_who_calls(one) for one in needs.dependencies)
