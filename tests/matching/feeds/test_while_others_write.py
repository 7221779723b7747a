"""Readers of the feed while pairings change in many transactions at once, and while their grants end."""

import asyncio
import random
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from services.matching.deliveries.models import PushEvent
from services.matching.pairings.actions.recording import record_event
from services.matching.pairings.models import Side
from services.matching.pairings.repository import PairingRepository
from shared import clock
from shared.auth.errors import TokenRevoked
from shared.contracts.codes import Role
from shared.db import Database, Session
from shared.testing import Call, Caller, granted
from tests.matching.market import announce, make_supply
from tests.matching.pairing_steps import Scene, set_scene

pytestmark = pytest.mark.real_commits
FEED = "/matching/v1/pairing-feed"


class Broken(Exception):
    """A transaction that is rolled back at its end."""


@pytest.fixture
async def scene(live_database: Database, live_call: Call) -> Scene:
    return await set_scene(live_database, live_call)


def application(scene: Scene) -> Caller:
    claims = {"organization_id": scene.organization.id, "sub": "foundation"}
    return scene.call(Role.ORGANIZATION, **claims, grant=granted("pairings.read"))


async def happen(session: Session, pairing_id: UUID) -> None:
    pairing = await PairingRepository(session).get_for_worker(pairing_id, for_update=True)
    await record_event(session, pairing=pairing, happened="answered", side=Side.SUPPLY, at=clock.now())


async def poll(reader: Caller) -> httpx.Response:
    """Wait for what happens from now on."""
    cursor = (await reader.get(f"{FEED}/cursor")).json()["cursor"]
    return await reader.get(FEED, params={"lastEventId": cursor, "timeout": 10})


async def change(database: Database, pairing_id: UUID, chance: random.Random) -> None:
    """Let something happen to a pairing; the commit comes late, or does not come."""
    async with database.transaction() as session:
        await happen(session, pairing_id)
        await asyncio.sleep(chance.random() / 50)
        if chance.random() < 0.2:
            raise Broken


async def follow(reader: Caller, stop: asyncio.Event, **params: Any) -> list[dict[str, Any]]:
    """Read as an application does, from the beginning until nothing is left after the end of the writers."""
    seen: list[dict[str, Any]] = []
    cursor = ""
    while True:
        is_last = stop.is_set()
        answer = await reader.get(FEED, params={"lastEventId": cursor, **params})
        assert answer.status_code == 200, answer.text
        seen += answer.json()
        if is_last and answer.headers["feed-next-cursor"] == cursor:
            return seen
        cursor = answer.headers["feed-next-cursor"]


async def test_no_event_is_missed_and_each_pairing_s_come_in_order(scene: Scene, live_database: Database) -> None:
    supplies = [make_supply(scene.organization) for _ in range(3)]
    await announce(live_database, *supplies)
    pairings = [UUID(await scene.order())]
    pairings += [UUID(await scene.order(supply_id=one.id)) for one in supplies]
    stop = asyncio.Event()
    wanted: list[tuple[Caller, dict[str, Any]]] = [
        (application(scene), {"limit": 3}),
        (scene.office, {"limit": 50, "timeout": 1, "types": "matching.pairing.answered.v1"}),
    ]
    readers = [asyncio.create_task(follow(reader, stop, **params)) for reader, params in wanted]

    async def write(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(8):
            try:
                await change(live_database, chance.choice(pairings), chance)
            except Broken:
                continue

    await asyncio.gather(*[write(seed) for seed in range(12)])
    stop.set()
    everything, answers = await asyncio.gather(*readers)
    async with live_database.transaction() as session:
        rows = (await session.execute(select(PushEvent).order_by(PushEvent.seq))).scalars().all()
    assert len(rows) > 60
    for seen, told in ((everything, rows), (answers, [one for one in rows if "answered" in one.type])):
        for pairing_id in pairings:
            expected = [str(one.id) for one in told if one.pairing_id == pairing_id]
            assert [one["id"] for one in seen if one["subject"] == str(pairing_id)] == expected
        assert len(seen) == len(told)


async def test_nothing_is_told_once_the_grant_is_revoked_during_a_long_poll(
    scene: Scene, live_app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, pairing_id = application(scene), UUID(await scene.order())
    polling = asyncio.create_task(poll(app))
    await asyncio.sleep(0.5)

    async def refuse(_token: str) -> None:
        raise TokenRevoked

    with monkeypatch.context() as patched:
        patched.setattr(live_app.state.verifier, "verify", refuse)
        async with scene.database.transaction() as session:
            await happen(session, pairing_id)
        answer = await polling
    assert (answer.status_code, "answered" in answer.text) == (401, False)


async def test_a_long_poll_answers_as_soon_as_something_happens(scene: Scene) -> None:
    polling = asyncio.create_task(poll(application(scene)))
    await asyncio.sleep(0.3)
    pairing_id = await scene.order()
    async with asyncio.timeout(3):
        assert [event["subject"] for event in (await polling).json()] == [pairing_id]
