"""The matrix notices what it is for: an authorization taken away, a scope not asked, a field shown to everybody."""

from collections.abc import Callable
from typing import Any

import pytest

from services.matching.candidates import routes as candidates
from services.matching.pairings import schemas as pairings
from services.projects.demands.models import Demand
from services.registry.organizations import schemas as organizations
from shared.auth.principals import Principal
from tests.matrix.expected import RULES, SECRETS
from tests.matrix.judging import Judge, Report
from tests.matrix.mutating import without_authorization
from tests.matrix.opening import Opened

pytestmark = pytest.mark.xdist_group("matrix")
TEN_ROUTES = [
    "POST /registry/v1/api-clients",
    "PATCH /registry/v1/organizations/{organization_id}",
    "GET /registry/v1/imports",
    "GET /registry/v1/feed",
    "POST /projects/v1/demands/{demand_id}/publish",
    "GET /projects/v1/supplies",
    "POST /projects/v1/reviews",
    "PUT /projects/v1/commitments/{pairing_id}",
    "POST /matching/v1/runs",
    "GET /matching/v1/operations/{operation_id}",
]
Patch = tuple[Any, str, Callable[..., Any]]
MISTAKES: dict[str, tuple[Patch, str]] = {
    "an office works in every division": (
        (Principal, "covers", lambda *_: True),
        "POST /projects/v1/demands",
    ),
    "an organization answers for every other": (
        (Principal, "speaks_for", lambda *_: True),
        "POST /projects/v1/supplies",
    ),
    "everybody sees all of a demand": ((Demand, "is_kept_by", lambda *_: True), "GET /projects/v1/demands/{demand_id}"),
    "everybody sees all of an organization": (
        (organizations, "sees_fully", lambda *_: True),
        "GET /registry/v1/organizations/{organization_id}",
    ),
    "the organization sees the monitored share": (
        (pairings, "open_to_sides", lambda explanation: explanation),
        "GET /matching/v1/pairings/{pairing_id}",
    ),
    "the organization sees it among the candidates": (
        (candidates, "open_to_sides", lambda explanation: explanation),
        "GET /matching/v1/supplies/{supply_id}/candidates",
    ),
}


async def judge_route(opened: dict[str, Opened], route: str) -> list[str]:
    """Return the surprises of one route."""
    service, found = route.split("/")[1], Report()
    judge = Judge(opened[service], SECRETS[service], found)
    for rule in RULES[service]:
        if rule.route == route:
            await judge.judge_rule(rule)
    assert found.cases
    return found.surprises


@pytest.mark.parametrize("route", TEN_ROUTES)
async def test_a_route_without_its_authorization_is_a_surprise(opened: dict[str, Opened], route: str) -> None:
    with without_authorization(opened[route.split("/")[1]].app, route):
        surprises = await judge_route(opened, route)
    assert any("instead of 403, for the role does not include it" in one for one in surprises)
    assert not await judge_route(opened, route)


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_scope_or_a_field_that_is_forgotten_is_a_surprise(
    opened: dict[str, Opened], monkeypatch: pytest.MonkeyPatch, mistake: str
) -> None:
    patch, route = MISTAKES[mistake]
    with monkeypatch.context() as patched:
        patched.setattr(*patch)
        # Without the second line, row-level security, which would hide what the first one forgets.
        patched.setattr(Principal, "scope", "platform")
        assert await judge_route(opened, route)
    assert not await judge_route(opened, route)
