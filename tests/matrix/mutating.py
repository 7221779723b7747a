"""Take one authorization away, as a careless change of a route's signature would."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts

from shared.auth.access import authenticate
from shared.auth.principals import Principal


async def let_any_role_in(request: Request, principal: Annotated[Principal, Depends(authenticate)]) -> Principal:
    """Know the caller, and ask for no role."""
    return principal


@contextmanager
def without_authorization(app: FastAPI, route: str) -> Iterator[None]:
    """Let every role into one route for as long as the context lasts."""
    changed = [one for dependant in _dependants(app, route) for one in _authorizations(dependant)]
    assert changed, f"{route} asks for no role"
    before = [one.call for one in changed]
    for one in changed:
        one.call = let_any_role_in
    try:
        yield
    finally:
        for one, call in zip(changed, before, strict=True):
            one.call = call


def _dependants(app: FastAPI, route: str) -> list[Any]:
    """Return what FastAPI knows of a route's dependencies: as it was declared, and as it was included."""
    method, _, path = route.partition(" ")
    found = [
        one for one in iter_route_contexts(app.routes) if one.path_format == path and method in (one.methods or ())
    ]
    return [side.dependant for one in found for side in (one, one.original_route)]  # type: ignore[attr-defined]


def _authorizations(dependant: Any) -> list[Any]:
    own = [dependant] if hasattr(dependant.call, "action") else []
    return [*own, *(one for child in dependant.dependencies for one in _authorizations(child))]
