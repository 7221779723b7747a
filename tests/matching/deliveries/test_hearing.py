"""Who hears of a pairing, and who sees which deliveries."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from services.matching.deliveries.models import Delivery
from services.matching.subscriptions.models import Subscription
from shared import clock
from shared.contracts.codes import Role
from shared.contracts.matching import DisabledReason
from shared.db import Database, new_id
from shared.testing import Call, Caller
from tests.matching.deliveries.conftest import publish

ORGANIZATION = UUID("018f2f6a-0000-7000-8000-000000000001")
RECORD = "510104000000"


async def subscribe(caller: Caller, *event_types: str) -> dict[str, Any]:
    body = {"endpoint": "https://receiver.example/hook", "event_types": list(event_types or ["matching.pairing.*"])}
    created = await caller.post("/matching/v1/subscriptions", json=body)
    assert created.status_code == 201, created.text
    return dict(created.json())


async def tell(database: Database, happened: str = "proposed", pairing_id: UUID | None = None) -> int:
    async with database.transaction() as session:
        return await publish(
            session,
            happened,
            pairing_id=pairing_id or new_id(),
            organization_id=ORGANIZATION,
            record_division=RECORD,
        )


@pytest.mark.parametrize(
    ("role", "claims", "hears"),
    [
        (Role.ORGANIZATION, {"organization_id": ORGANIZATION}, True),
        (Role.ORGANIZATION, {"organization_id": UUID(int=7)}, False),
        (Role.RURAL_OFFICER, {"division": "513431000000"}, True),
        (Role.RURAL_OFFICER, {"division": "510000000000"}, True),
        (Role.RURAL_OFFICER, {"division": "513432000000"}, False),
        (Role.RURAL_OFFICER, {"division": RECORD}, False),
        (Role.VILLAGE_EDITOR, {"division": "513431100201"}, True),
        (Role.VILLAGE_EDITOR, {"division": "513431100202"}, False),
        (Role.CIVIL_AFFAIRS_OFFICER, {"division": "510100000000"}, True),
        (Role.CIVIL_AFFAIRS_OFFICER, {"division": RECORD}, True),
        (Role.CIVIL_AFFAIRS_OFFICER, {"division": "513431000000"}, False),
        (Role.PROVINCIAL_OFFICER, {}, True),
        (Role.PARTNER_APPLICATION, {}, False),
    ],
)
async def test_a_pairing_is_told_to_its_sides_and_their_offices(
    call: Call, database: Database, role: Role, claims: dict[str, Any], hears: bool
) -> None:
    caller = call(role, **claims)
    await subscribe(caller)
    assert await tell(database) == int(hears)
    listed = (await caller.get("/matching/v1/deliveries")).json()["items"]
    assert [delivery["event_type"] for delivery in listed] == ["matching.pairing.proposed.v1"] * hears


async def test_without_a_record_division_no_civil_affairs_office_hears(call: Call, database: Database) -> None:
    await subscribe(call(Role.CIVIL_AFFAIRS_OFFICER, division="510000000000"))
    async with database.transaction() as session:
        assert await publish(session, "proposed", pairing_id=new_id(), organization_id=ORGANIZATION) == 0


async def test_a_pairing_on_hold_is_told_to_those_alone_who_may_release_it(call: Call, database: Database) -> None:
    await subscribe(call(Role.ORGANIZATION, organization_id=ORGANIZATION))
    await subscribe(call(Role.RURAL_OFFICER, division="513431000000"))
    civil = await subscribe(call(Role.CIVIL_AFFAIRS_OFFICER, division=RECORD))
    provincial = await subscribe(call(Role.PROVINCIAL_OFFICER))
    assert await tell(database, "on_hold") == 2
    async with database.transaction() as session:
        told = set((await session.execute(select(Delivery.subscription_id))).scalars())
    assert told == {UUID(civil["id"]), UUID(provincial["id"])}


@pytest.mark.parametrize(
    ("patterns", "hears"),
    [
        (["matching.pairing.proposed.v1"], True),
        (["matching.pairing.proposed.*"], True),
        (["matching.*"], True),
        (["matching.pairing.answered.v1", "platform.*"], False),
        (["matching.pairing.answered.v1", "matching.pairing.*"], True),
    ],
)
async def test_one_hears_what_one_subscribed_to(
    call: Call, database: Database, patterns: list[str], hears: bool
) -> None:
    await subscribe(call(Role.ORGANIZATION, organization_id=ORGANIZATION), *patterns)
    assert await tell(database) == int(hears)


async def test_a_withdrawal_goes_to_everybody_who_may_know_but_not_to_the_disabled(
    call: Call, database: Database
) -> None:
    caller = call(Role.ORGANIZATION, organization_id=ORGANIZATION)
    only_proposals = await subscribe(caller, "matching.pairing.proposed.v1")
    everything = await subscribe(caller)
    gone = await subscribe(caller)
    pairing_id = new_id()
    assert await tell(database, "proposed", pairing_id) == 3
    async with database.transaction() as session:
        await session.execute(update(Delivery).values(last_attempt_at=clock.now()))
        found = await session.get(Subscription, UUID(gone["id"]))
        assert found
        found.disable(DisabledReason.GONE, at=found.created_at)
    assert await tell(database, "withdrawn", pairing_id) == 2
    wanted = {"pairing_id": str(pairing_id)}
    for subscription in (only_proposals, everything):
        params = wanted | {"subscription_id": subscription["id"]}
        listed = (await caller.get("/matching/v1/deliveries", params=params)).json()["items"]
        found = [(delivery["event_type"].split(".")[2], delivery["status"]) for delivery in listed]
        assert found == [("withdrawn", "pending"), ("proposed", "superseded")]


async def test_deliveries_are_listed_by_page_and_filter_and_only_to_their_owner(call: Call, database: Database) -> None:
    caller = call(Role.ORGANIZATION, organization_id=ORGANIZATION)
    await subscribe(caller)
    for _ in range(3):
        await tell(database)
    first = (await caller.get("/matching/v1/deliveries", params={"limit": 2, "with_total": True})).json()
    rest = (await caller.get("/matching/v1/deliveries", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    ids = [delivery["id"] for delivery in first["items"] + rest["items"]]
    assert (first["total"], len(set(ids))) == (3, 3)
    assert (await caller.get("/matching/v1/deliveries", params={"status": "dead"})).json()["items"] == []
    assert (await caller.get("/matching/v1/deliveries", params={"status": "lost"})).status_code == 422
    other = call(Role.ORGANIZATION, organization_id=new_id())
    assert (await other.get("/matching/v1/deliveries")).json()["items"] == []
    refused = await other.post(f"/matching/v1/deliveries/{ids[0]}/redeliver")
    assert (refused.status_code, refused.json()["type"]) == (404, "/matching/problems/delivery-not-found")


async def test_a_ping_is_a_delivery_whatever_one_subscribed_to(call: Call) -> None:
    caller = call(Role.PARTNER_APPLICATION)
    subscription = await subscribe(caller)
    path = f"/matching/v1/subscriptions/{subscription['id']}/ping"
    pinged = await caller.post(path, headers={"Idempotency-Key": "ping-once"})
    assert pinged.status_code == 202
    assert (pinged.json()["event_type"], pinged.json()["status"]) == ("platform.ping.v1", "pending")
    assert pinged.json()["pairing_id"] is None
    again = await caller.post(path, headers={"Idempotency-Key": "ping-once"})
    assert again.json() == pinged.json()
    assert len((await caller.get("/matching/v1/deliveries")).json()["items"]) == 1
    redelivered = await caller.post(f"/matching/v1/deliveries/{pinged.json()['id']}/redeliver")
    assert redelivered.status_code == 202
    assert (await call(Role.PROVINCIAL_OFFICER).post(path)).status_code == 404
