"""Who acts in a session: the caller of its request, or the platform, for itself or for who asked for its job."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from fastapi import Request

from shared.auth.principals import Principal
from shared.db import REQUEST, Session
from shared.logs import doing, request_id

PLATFORM = "platform"
ANONYMOUS = "anonymous"
WHO = ("subject", "issuer", "role", "acting_for")
_asked_by: ContextVar[Mapping[str, str | None] | None] = ContextVar("asked_by", default=None)
"""Who asked for the job that is done now."""


def describe_actor(info: dict[Any, Any]) -> dict[str, Any]:
    """Return the columns of an entry that tell who acts, from where, and in which act."""
    request: Request | None = info.get(REQUEST)
    if request is not None:
        return describe_caller(request)
    return {
        **(_asked_by.get() or dict.fromkeys(WHO) | {"subject": PLATFORM}), "client_address": None,
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


def who_asks(session: Session) -> dict[str, str | None] | None:
    """
    Return for whom a job acts that is enqueued in a session: the same as its request, or as the job that enqueues it.

    The platform is the means: it acts for the person, as an application does (``act``); where an application asks for
    somebody, both of these are kept, and the name of the job tells the means.
    """
    request: Request | None = session.info.get(REQUEST)
    if request is None:
        asked = _asked_by.get()
        return dict(asked) if asked else None
    caller = describe_caller(request)
    who = {name: caller[name] for name in WHO}
    return who if who["acting_for"] else who | {"subject": PLATFORM, "acting_for": who["subject"]}


@contextmanager
def acting_for(who: Mapping[str, str | None] | None) -> Iterator[None]:
    """Record what is done meanwhile without a request as done for who asked for it."""
    token = _asked_by.set(who)
    try:
        yield
    finally:
        _asked_by.reset(token)
