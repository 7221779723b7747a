"""Who acts in a session: the caller of its request, or the platform with the name of the job or command."""

from typing import Any

from fastapi import Request

from shared.auth.principals import Principal
from shared.db import REQUEST, Session
from shared.logs import doing, request_id

PLATFORM = "platform"
ANONYMOUS = "anonymous"


def describe_actor(info: dict[Any, Any]) -> dict[str, Any]:
    """Return the columns of an entry that tell who acts, from where, and in which act."""
    request: Request | None = info.get(REQUEST)
    if request is not None:
        return describe_caller(request)
    return {
        "subject": PLATFORM, "issuer": None, "role": None, "acting_for": None, "client_address": None,
        "request_id": request_id.get(), "action": doing.get(),
    }  # fmt: skip


def describe_caller(request: Request) -> dict[str, Any]:
    """Return the same columns for the caller of a request."""
    principal: Principal | None = getattr(request.state, "principal", None)
    endpoint = request.scope.get("endpoint")
    # Who has just proved itself for a token is known too, though by no token yet.
    proven = getattr(request.state, "token_given_to", None) or ANONYMOUS
    proven_for = getattr(request.state, "token_acts_for", None)
    return {
        "subject": principal.asking_client if principal else proven,
        "issuer": (principal.issuer or None) if principal else None,
        "role": principal.role.value if principal else None,
        "acting_for": (principal.subject if principal.acting_by else None) if principal else proven_for,
        "client_address": request.client.host if request.client else None,
        "request_id": getattr(request.state, "request_id", None),
        "action": getattr(endpoint, "__name__", request.method.lower()),
    }


def actor_of(session: Session) -> dict[str, Any]:
    """Return who acts in a session."""
    return describe_actor(session.info)
