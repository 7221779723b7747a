"""Organizations come in with a ticket of their province's government service portal (政务服务网单点登录)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.registry.remote.portals import open_portals
from services.registry.settings import PortalSettings
from shared.auth.issuers import TrustedIssuer
from shared.auth.tokens import TokenVerifier
from shared.contracts.codes import Role
from shared.testing import ISSUER, Call
from tests.fakes.portal import APP_ID, APP_SECRET, FakePortal
from tests.platform import free_ports
from tests.registry.records import activate, create, credit_code, officer

LEGAL = {"user_type": "legal", "user_id": "510722199001011234", "user_name": "李某", "credit_code": credit_code(1)}


@pytest.fixture
async def portal(app: FastAPI, places: None) -> AsyncIterator[FakePortal]:
    fake = FakePortal()
    async with fake.serve() as url:
        app.state.portals = open_portals([settings(url)])
        yield fake


def settings(url: str, secret: str = APP_SECRET) -> PortalSettings:
    return PortalSettings(name="sichuan", base_url=url, app_id=APP_ID, app_secret=SecretStr(secret))


async def come_in(call: Call, ticket: str, portal: str = "sichuan") -> tuple[int, dict[str, Any]]:
    answer = await call(None).post("/registry/v1/portal-tokens", json={"portal": portal, "ticket": ticket})
    return answer.status_code, answer.json()


async def test_an_enrolled_organization_gets_a_token_and_nobody_learns_who_its_user_is(
    call: Call, portal: FakePortal
) -> None:
    organization = await activate(officer(call), await create(officer(call)))
    status, answer = await come_in(call, portal.log_in(**LEGAL))
    assert status == 200
    assert answer["expires_in"] == 900

    async def keys() -> dict[str, Any]:
        document: dict[str, Any] = (await call(None).get("/registry/v1/jwks")).json()
        return document

    principal = await TokenVerifier([TrustedIssuer(ISSUER, "xiangqiao", ["Ed25519"], keys)]).verify(
        answer["access_token"]
    )
    assert (principal.role, str(principal.organization_id)) == (Role.ORGANIZATION, organization["id"])
    assert principal.subject.startswith("sichuan#")
    assert not {LEGAL["user_id"], LEGAL["user_name"]} & {principal.subject, principal.subject[8:]}
    assert LEGAL["user_id"] not in answer["access_token"]


async def test_a_ticket_is_good_once(call: Call, portal: FakePortal) -> None:
    await activate(officer(call), await create(officer(call)))
    ticket = portal.log_in(**LEGAL)
    assert (await come_in(call, ticket))[0] == 200
    status, problem = await come_in(call, ticket)
    assert (status, problem["type"]) == (401, "/registry/problems/ticket-not-accepted")


async def test_who_is_not_enrolled_or_no_legal_person_stays_out(call: Call, portal: FakePortal) -> None:
    await create(officer(call))
    for user, slug in (
        (LEGAL, "organization-not-enrolled"),
        (LEGAL | {"credit_code": credit_code(9)}, "organization-not-enrolled"),
        (LEGAL | {"user_type": "person"}, "legal-person-needed"),
    ):
        status, problem = await come_in(call, portal.log_in(**user))
        assert (status, problem["type"]) == (403, f"/registry/problems/{slug}")
        assert LEGAL["user_id"] not in str(problem)
    assert (await come_in(call, "x", portal="nowhere"))[0] == 404


async def test_a_platform_that_the_portal_does_not_know_gets_nothing(
    app: FastAPI, call: Call, portal: FakePortal
) -> None:
    address = app.state.portals["sichuan"]._settings.base_url
    app.state.portals = open_portals([settings(address, "a wrong secret")])
    assert (await come_in(call, portal.log_in(**LEGAL)))[0] == 401


async def test_a_portal_that_is_away_or_talks_nonsense_is_a_503(app: FastAPI, call: Call, portal: FakePortal) -> None:
    for user in ({"user_type": "legal"}, LEGAL | {"credit_code": 5}, LEGAL | {"user_id": ""}):
        assert (await come_in(call, portal.log_in(**user)))[0] == 503
    portal.broken = True
    assert (await come_in(call, portal.log_in(**LEGAL)))[0] == 503
    (closed,) = free_ports(1)
    app.state.portals = open_portals([settings(f"http://127.0.0.1:{closed}")])
    assert (await come_in(call, "x"))[0] == 503
