"""The feed of one's own pairings: what webhooks would tell, in order, for as long as one may hear it."""

import itertools
import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.matching.deliveries.models import Audience, Delivery, PushEvent
from services.matching.deliveries.repository import ListenerRepository
from services.matching.feeds.schemas import hears
from services.matching.subscriptions.models import Subscription, owner_of
from shared import clock
from shared.auth.principals import GrantHeld, Principal
from shared.contracts.codes import Role
from shared.contracts.matching import pairing_event
from shared.db import Database, new_id
from shared.testing import Call, Caller, granted
from tests.matching.deliveries.conftest import payload_of
from tests.matching.market import CHENGDU, ZHAOJUE
from tests.matching.pairing_steps import Scene, set_scene

FEED = "/matching/v1/pairing-feed"
Event = dict[str, Any]


@pytest.fixture
async def scene(database: Database, call: Call) -> Scene:
    return await set_scene(database, call)


def application(scene: Scene, *scopes: str) -> Caller:
    claims = {"organization_id": scene.organization.id, "sub": "foundation"}
    return scene.call(Role.ORGANIZATION, **claims, grant=granted(*(scopes or ("pairings.read",))))


async def read(reader: Caller, cursor: str = "", **params: Any) -> tuple[list[Event], str]:
    answer = await reader.get(FEED, params={"lastEventId": cursor, **params})
    assert answer.status_code == 200, answer.text
    return answer.json(), answer.headers["feed-next-cursor"]


def happened(events: list[Event]) -> list[str]:
    return [event["type"].split(".")[2] for event in events]


async def test_a_grant_reads_what_its_webhooks_carry_under_the_same_ids(scene: Scene, database: Database) -> None:
    app = application(scene, "pairings.read", "subscriptions.manage")
    hook = {"endpoint": "https://receiver.example/hook", "event_types": ["matching.pairing.*"]}
    subscribed = await app.post("/matching/v1/subscriptions", json=hook)
    pairing_id = await scene.order()
    await scene.agree(pairing_id)
    await scene.confirm(pairing_id)
    async with database.transaction() as session:
        told = select(PushEvent.body).join(Delivery, Delivery.event_id == PushEvent.id).order_by(PushEvent.seq)
        told = told.where(Delivery.subscription_id == UUID(subscribed.json()["id"]))
        pushed = [json.loads(body) for body in (await session.execute(told)).scalars()]
    events, cursor = await read(app)
    assert happened(events) == ["proposed", "answered", "in_talks", "answered", "answered", "confirmed"]
    assert [{name: event[name] for name in pushed[0]} for event in events] == pushed
    assert [event["aggregateversion"] for event in events] == sorted(event["aggregateversion"] for event in events)
    assert await read(app, cursor) == ([], cursor)


CALLERS = [
    Principal("o", Role.ORGANIZATION, organization_id=UUID(int=1)),
    Principal("p", Role.ORGANIZATION, organization_id=UUID(int=2)),
    *(
        Principal("office", role, division=division)
        for role in (Role.RURAL_OFFICER, Role.VILLAGE_EDITOR, Role.CIVIL_AFFAIRS_OFFICER)
        for division in ("510000000000", "513431000000", "513432000000", "510104000000")
    ),
    Principal("province", Role.PROVINCIAL_OFFICER),
    Principal("app", Role.PARTNER_APPLICATION),
]


async def test_whoever_subscribes_hears_the_same_as_who_reads(database: Database) -> None:
    readers: dict[UUID, Principal] = {}
    async with database.transaction() as session:
        for caller, scopes in itertools.product(CALLERS, (None, {"pairings.read"}, {"subscriptions.manage"})):
            grant = GrantHeld(new_id(), "an-app", frozenset(scopes), clock.now()) if scopes else None
            reader = Principal(caller.subject, caller.role, caller.division, caller.organization_id, grant=grant)
            owner = owner_of(reader)
            subscription = Subscription(
                owner=f"{owner.key} {len(readers)}", owner_kind=owner.kind, owner_role=reader.role,
                organization_id=owner.organization_id, scope_prefix=owner.scope_prefix, endpoint="https://a.example",
                event_types=["matching.*"], description="", secret_sealed="-", created_by="test",
                grant_id=grant and grant.id, grant_scopes=sorted(grant.scopes) if grant else None,
            )  # fmt: skip
            session.add(subscription)
            await session.flush()
            readers[subscription.id] = reader
        places = itertools.product(("513431100201", ""), (UUID(int=1), UUID(int=0)), ("510104000000", None))
        audiences = [Audience(*place, sides_know=known) for place in places for known in (False, True)]
        for audience, what in itertools.product(audiences, ("proposed", "on_hold", "withdrawn")):
            payload = payload_of(new_id(), audience.organization_id)
            told = await ListenerRepository(session).find_listeners(pairing_event(what), audience, payload)
            hearing = {
                one for one, reader in readers.items() if hears(reader, owner_of(reader), pairing_event(what), audience)
            }
            assert hearing == set(told), (what, audience)


async def test_others_read_nothing_of_it(scene: Scene) -> None:
    await scene.order()
    strangers = [
        scene.call(Role.ORGANIZATION, organization_id=new_id()),
        scene.call(Role.RURAL_OFFICER, division="513432000000"),
        scene.call(Role.CIVIL_AFFAIRS_OFFICER, division=ZHAOJUE),
    ]
    for stranger in strangers:
        assert (await read(stranger))[0] == []
        assert (await stranger.get(f"{FEED}/snapshot")).json()["items"] == []
    for reader in (scene.foundation, scene.office, scene.editor, scene.civil_affairs, scene.province):
        assert len((await read(reader))[0]) == len((await reader.get(f"{FEED}/snapshot")).json()["items"])
    nowhere = scene.call(Role.RURAL_OFFICER)  # its token names no division
    for refused in (scene.call(Role.PARTNER_APPLICATION), application(scene, "pairings.answer"), nowhere):
        assert (await refused.get(FEED)).status_code == 403


async def test_after_its_withdrawal_nothing_earlier_of_a_pairing_leaves(scene: Scene) -> None:
    app = application(scene)
    pairing_id = await scene.order()
    events, cursor = await read(app)
    assert happened(events) == ["proposed"]
    await scene.answer(scene.foundation, pairing_id, "supply", "interested")
    assert (await scene.report(scene.office, pairing_id, "withdraw", reason="情况已变化")).status_code == 200
    for place in ("", cursor):
        assert happened((await read(app, place))[0]) == ["withdrawn"]
    assert happened((await app.get(f"{FEED}/snapshot")).json()["items"]) == ["withdrawn"]


async def test_who_was_told_of_a_hold_is_told_of_its_end_and_nobody_else(database: Database, call: Call) -> None:
    scene = await set_scene(database, call, organization={"credit_status": "abnormal"})
    answer = await scene.propose(scene.province)
    assert answer.json()["status"] == "on_hold", answer.text
    acting = call(Role.CIVIL_AFFAIRS_OFFICER, division=CHENGDU, sub="civil", grant=granted("pairings.read"))
    released = await scene.report(scene.civil_affairs, answer.json()["id"], "refuse-hold", reason="不符合条件")
    assert released.status_code == 200, released.text
    for officer in (scene.civil_affairs, scene.province):
        assert happened((await read(officer))[0]) == ["withdrawn"]
    for unaware in (scene.foundation, scene.office, acting):
        assert (await read(unaware))[0] == []
        assert (await unaware.get(f"{FEED}/snapshot")).json()["items"] == []


async def test_a_reader_gets_what_it_wants(scene: Scene) -> None:
    pairing_id = await scene.order()
    await scene.answer(scene.foundation, pairing_id, "supply", "interested")
    wanted: list[tuple[dict[str, Any], int]] = [
        ({"types": "matching.pairing.proposed.v1"}, 1),
        ({"types": "platform.ping.v1"}, 0),
        ({"division": ZHAOJUE}, 3),
        ({"division": "513432000000"}, 0),
        ({"field": ["education", "health"]}, 3),
        ({"field": "health"}, 0),
    ]
    for params, number in wanted:
        assert len((await read(scene.foundation, **params))[0]) == number, params


async def test_the_snapshot_gives_each_pairing_at_its_newest_and_goes_on_from_its_cursor(scene: Scene) -> None:
    app = application(scene)
    pairing_id = await scene.order()
    await scene.answer(scene.foundation, pairing_id, "supply", "interested")
    events, _ = await read(app)
    gone = await app.get(FEED, params={"lastEventId": "before.7"})
    assert (gone.status_code, gone.json()["resync"]) == (410, f"{FEED}/cursor")
    cursor = (await app.get(gone.json()["resync"])).json()["cursor"]
    [item] = (await app.get(f"{FEED}/snapshot", params={"limit": 1})).json()["items"]
    assert (item["subject"], item["type"], item["data"]) == (pairing_id, events[-1]["type"], events[-1]["data"])
    assert item["aggregateversion"] == events[-1]["aggregateversion"]
    await scene.answer(scene.foundation, pairing_id, "supply", "agreed")
    assert happened((await read(app, cursor))[0]) == ["answered"]
