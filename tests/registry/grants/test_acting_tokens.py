"""Tokens under a grant: whose they are, what they may, and when they end."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from services.registry.api_clients.models import ApiClient
from services.registry.grants.models import Grant
from shared import clock
from shared.auth.issuers import TrustedIssuer
from shared.auth.principals import Principal
from shared.auth.tokens import TokenVerifier
from shared.contracts.codes import Role
from shared.db import Database
from shared.testing import ISSUER, Caller
from tests.registry.grants.granting import GRANTS, Parties, ends_in

UNRECORDED = {"audit": "a test sets the scene"}


async def verifier_of(parties: Parties) -> TokenVerifier:
    """Return a verifier that believes the keys that registry publishes now."""
    document: dict[str, Any] = (await parties.call(None).get("/registry/v1/jwks")).json()

    async def keys() -> dict[str, Any]:
        return document

    return TokenVerifier([TrustedIssuer(ISSUER, "xiangqiao", ["Ed25519"], keys)])


async def verify(parties: Parties, token: str) -> Principal:
    return await (await verifier_of(parties)).verify(token)


async def revoked(parties: Parties) -> list[str]:
    return list((await parties.call(Role.SERVICE).get("/registry/v1/revocations")).json()["grants"])


async def test_the_token_is_the_grantor_s_narrowed_and_names_the_application(parties: Parties) -> None:
    grant_id = await parties.grant_id()
    answer = await parties.token(grant_id)
    assert answer.status_code == 200, answer.text
    acting = await verify(parties, answer.json()["access_token"])
    assert (acting.subject, acting.role, acting.prefix) == ("zhaojue-rural", Role.RURAL_OFFICER, "513431")
    assert (acting.acting_by, acting.scopes) == ("village-app", {"demands.read", "pairings.read"})
    assert acting.grant
    assert str(acting.grant.id) == grant_id
    plain = await verify(parties, (await parties.token(None)).json()["access_token"])
    assert (plain.subject, plain.role, plain.grant) == ("village-app", Role.PARTNER_APPLICATION, None)


async def test_an_organization_s_token_is_the_organization_s(parties: Parties) -> None:
    grant_id = await parties.grant_id("foundation", scopes=["supplies.write"])
    acting = await verify(parties, (await parties.token(grant_id)).json()["access_token"])
    assert (acting.subject, acting.role, str(acting.organization_id)) == (
        "foundation", Role.ORGANIZATION, parties.organization_id,
    )  # fmt: skip


async def test_it_ends_with_the_grant_at_the_latest(parties: Parties) -> None:
    short = await parties.token(await parties.grant_id(ends_at=ends_in(minutes=5)))
    assert 280 <= short.json()["expires_in"] <= 300
    assert (await parties.token(await parties.grant_id())).json()["expires_in"] == 3600


async def test_it_ends_with_the_grantor_s_client_at_the_latest(parties: Parties, database: Database) -> None:
    grant_id = await parties.grant_id()
    async with database.transaction() as session:
        contract = update(ApiClient).where(ApiClient.client_id == "zhaojue-rural")
        await session.execute(
            contract.values(expires_at=clock.now() + timedelta(minutes=5)), execution_options=UNRECORDED
        )
    assert (await parties.token(grant_id)).json()["expires_in"] <= 300


@pytest.mark.parametrize("cause", ["revoked", "ended", "grantor disabled", "grantor moved", "of another", "unknown"])
async def test_a_grant_that_does_not_hold_gives_no_token(parties: Parties, database: Database, cause: str) -> None:
    grant_id, application = await parties.grant_id(), "village-app"
    match cause:
        case "revoked":
            await parties.client("zhaojue-rural-2").post(f"{GRANTS}/{grant_id}/revoke")
        case "ended":
            async with database.transaction() as session:
                past = update(Grant).values(ends_at=clock.now() - timedelta(seconds=1))
                await session.execute(past, execution_options=UNRECORDED)
        case "grantor disabled":
            await parties.disable("zhaojue-rural")
        case "grantor moved":
            async with database.transaction() as session:
                moved = update(ApiClient).where(ApiClient.client_id == "zhaojue-rural")
                await session.execute(moved.values(division="510722000000"), execution_options=UNRECORDED)
        case "of another":
            application = "other-app"
        case _:
            grant_id = parties.organization_id
    refused = await parties.token(grant_id, application=application)
    assert (refused.status_code, refused.json()["type"]) == (400, "/registry/problems/grant-not-usable")
    told = await revoked(parties)
    assert told == ([grant_id] if cause in {"revoked", "grantor disabled", "grantor moved"} else [])


async def test_a_disabled_application_gets_none_and_what_it_holds_is_told_as_ended(parties: Parties) -> None:
    grant_id = await parties.grant_id()
    assert await revoked(parties) == []
    await parties.disable("village-app")
    assert (await parties.token(grant_id)).status_code == 401
    assert await revoked(parties) == [grant_id]


async def test_nobody_but_the_application_uses_its_grant(parties: Parties) -> None:
    grant_id = await parties.grant_id()
    for name in ("zhaojue-rural", "zhaojue-rural-2"):
        assert (await parties.token(grant_id, application=name)).status_code == 400


async def test_the_application_reads_what_was_granted_and_grants_nothing_on(app: FastAPI, parties: Parties) -> None:
    grant_id = await parties.grant_id("foundation", scopes=["organizations.read"])
    token = (await parties.token(grant_id)).json()["access_token"]
    original, app.state.verifier = app.state.verifier, await verifier_of(parties)
    try:
        acting = Caller(app, token)
        own = await acting.get(f"/registry/v1/organizations/{parties.organization_id}")
        assert own.status_code == 200, own.text
        for path in (GRANTS, "/registry/v1/divisions"):
            refused = await acting.get(path)
            assert (refused.status_code, refused.json()["type"]) == (403, "/registry/problems/not-granted")
        body = {"client_id": "other-app", "scopes": ["organizations.read"], "ends_at": ends_in(days=1), "purpose": "x"}
        assert (await acting.post(GRANTS, json=body)).json()["type"] == "/registry/problems/not-granted"
    finally:
        app.state.verifier = original


async def test_the_log_tells_which_application_got_a_token_and_for_whom(
    parties: Parties, caplog: pytest.LogCaptureFixture
) -> None:
    grant_id = await parties.grant_id()
    with caplog.at_level(logging.INFO, logger="shared.access"):
        answer = await parties.token(grant_id)
    [line] = [one.__dict__ for one in caplog.records if one.__dict__.get("route") == "/registry/v1/tokens"]
    assert (line["client"], line["acting_for"]) == ("village-app", "zhaojue-rural")
    assert answer.json()["access_token"] not in caplog.text
