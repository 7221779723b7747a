"""Subscriptions that an application makes for somebody: whose they are, what they hear, and when they fall silent."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from services.matching.deliveries.consumers.grants import follow_grants
from services.matching.subscriptions.models import Subscription
from shared import clock
from shared.contracts.codes import Role
from shared.contracts.registry import RevocationList
from shared.db import Database, new_id
from shared.testing import Call, Caller, granted
from tests.matching.deliveries.conftest import publish

PATH, DELIVERIES = "/matching/v1/subscriptions", "/matching/v1/deliveries"
NEW = {"endpoint": "https://receiver.example/hook", "event_types": ["matching.pairing.*"]}
ORGANIZATION = new_id()


def manage(**more: Any) -> dict[str, Any]:
    return granted("subscriptions.manage", "pairings.read", **more)


def foundation(call: Call, grant: dict[str, Any] | None = None, sub: str = "foundation") -> Caller:
    return call(Role.ORGANIZATION, organization_id=ORGANIZATION, sub=sub, grant=grant)


async def subscribe(caller: Caller) -> str:
    made = await caller.post(PATH, json=NEW)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def tell(database: Database, happened: str = "proposed", pairing_id: UUID | None = None) -> int:
    async with database.transaction() as session:
        return await publish(
            session, happened, pairing_id=pairing_id or new_id(), organization_id=ORGANIZATION, record_division=None
        )


async def follow(database: Database, *grants: UUID) -> int:
    async def read() -> RevocationList:
        return RevocationList(clients=[], secrets=[], grants=list(grants))

    return await follow_grants(database, read)


async def test_it_belongs_to_the_application_and_its_grantor_together(call: Call, database: Database) -> None:
    grant = manage()
    acting = foundation(call, grant)
    subscription_id = await subscribe(acting)
    read = (await acting.get(f"{PATH}/{subscription_id}")).json()
    assert (read["owner_kind"], read["grant_id"]) == ("organization", str(grant["grant_id"]))
    renewed = foundation(call, manage())
    assert (await renewed.get(f"{PATH}/{subscription_id}")).status_code == 200
    others = (
        foundation(call), foundation(call, manage(application="other-app")), foundation(call, manage(), sub="other"),
        call(Role.PARTNER_APPLICATION, sub="an-application"), call(Role.PROVINCIAL_OFFICER),
    )  # fmt: skip
    for other in others:
        assert (await other.get(f"{PATH}/{subscription_id}")).status_code == 404
        assert (await other.get(PATH)).json()["items"] == []
    async with database.transaction() as session:
        stored = (await session.execute(select(Subscription))).scalar_one()
    assert stored.created_by == "an-application for foundation"


async def test_it_hears_of_the_grantor_s_pairings_until_the_grant_is_revoked(
    live_call: Call, live_database: Database
) -> None:
    call, database = live_call, live_database
    grant, pairing_id = manage(), new_id()
    acting = foundation(call, grant)
    subscription_id, own = await subscribe(acting), await subscribe(foundation(call))
    assert await tell(database, pairing_id=pairing_id) == 2
    assert await follow(database, new_id()) == 0
    assert await follow(database, grant["grant_id"]) == 1
    # Nothing more is sent: neither what waited nor what happens next.
    [waiting] = (await acting.get(DELIVERIES)).json()["items"]
    assert waiting["status"] == "dead"
    assert await tell(database, "answered", pairing_id=pairing_id) == 1
    assert (await acting.get(f"{PATH}/{subscription_id}")).json()["status"] == "disabled"
    assert (await acting.post(f"{PATH}/{subscription_id}/ping")).status_code == 409
    assert (await foundation(call).get(f"{PATH}/{own}")).json()["status"] == "active"
    assert await follow(database, grant["grant_id"]) == 0


async def test_it_falls_silent_with_the_end_of_the_grant_though_registry_is_away(
    live_call: Call, live_database: Database
) -> None:
    acting = foundation(live_call, manage(lives=2))
    subscription_id = await subscribe(acting)
    assert await tell(live_database) == 1
    read = (await acting.get(f"{PATH}/{subscription_id}")).json()
    while clock.now().isoformat() <= read["grant_ends_at"].replace("Z", "+00:00"):
        await asyncio.sleep(0.1)
    assert await tell(live_database) == 0

    async def away() -> RevocationList:
        raise httpx.ConnectError("down")

    assert await follow_grants(live_database, away) == 1
    assert (await acting.get(f"{PATH}/{subscription_id}")).json()["status"] == "disabled"


async def test_an_office_s_application_hears_what_the_office_hears(live_call: Call, live_database: Database) -> None:
    for division, heard in (("513431000000", 1), ("510722000000", 1)):
        await subscribe(live_call(Role.RURAL_OFFICER, division=division, sub=division, grant=manage()))
        assert await tell(live_database) == heard


async def test_without_the_scope_nothing_is_subscribed(call: Call) -> None:
    refused = await foundation(call, granted("pairings.read")).post(PATH, json=NEW)
    assert (refused.status_code, refused.json()["type"]) == (403, "/matching/problems/not-granted")


@pytest.mark.parametrize(
    ("scopes", "event_types", "missing"),
    [
        ((), ["matching.pairing.*"], "pairings.read"),
        (("candidates.read",), ["platform.ping.v1", "matching.pairing.confirmed.v1"], "pairings.read"),
        (("pairings.read",), ["matching.run.completed.v1"], "matching.run.completed.v1 -"),
        (("pairings.read",), ["matching.*"], "matching.run.completed.v1 -"),
        (("pairings.read",), ["matching.pairing.*"], None),
        ((), ["platform.ping.v1"], None),
    ],
)
async def test_it_names_only_events_of_what_the_grant_lets_it_read(
    call: Call, scopes: tuple[str, ...], event_types: list[str], missing: str | None
) -> None:
    caller = foundation(call, granted("subscriptions.manage", *scopes))
    answer = await caller.post(PATH, json=NEW | {"event_types": event_types})
    if missing is None:
        assert answer.status_code == 201, answer.text
    else:
        assert (answer.status_code, answer.json()["type"]) == (403, "/matching/problems/event-types-not-granted")
        assert missing in answer.json()["detail"]
        assert (await caller.get(PATH)).json()["items"] == []


async def test_an_office_s_application_is_not_told_of_a_hold_that_the_sides_do_not_know(
    live_call: Call, live_database: Database
) -> None:
    office = {"division": "513431000000", "sub": "civil"}
    for grant in (None, manage()):
        await subscribe(live_call(Role.CIVIL_AFFAIRS_OFFICER, grant=grant, **office))
    async with live_database.transaction() as session:
        told = await publish(
            session, "on_hold", pairing_id=new_id(), organization_id=ORGANIZATION, record_division="513431000000"
        )
    assert told == 1
