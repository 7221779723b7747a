"""A consumer of a feed: each event's effect takes place once, whatever breaks, and nothing stale stays behind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from shared.contracts.codes import Role
from shared.contracts.events import CloudEvent
from shared.db import Database, Session, new_id
from shared.embedded_postgres import DatabaseAccess
from shared.feed import announce
from shared.feed.consumer import FeedConsumer
from shared.feed.models import FeedCursor
from shared.feed.read_models import forget_missing, mirror
from shared.feed.reading import bump_epoch
from shared.http import ServiceClient
from shared.testing import Postgres, TestIssuer
from tests.shared.conftest import prepare
from tests.shared.tiny_app import THING_CHANGED, AppliedEvent, MirroredThing, Thing, add_thing

Consume = Callable[..., FeedConsumer]


@pytest.fixture(scope="session")
async def reader_access(postgres: Postgres) -> DatabaseAccess:
    access = postgres.server.ensure_databases(["reader"])["reader"]
    await prepare(access)
    return access


@pytest.fixture
async def mirror_database(reader_access: DatabaseAccess) -> AsyncIterator[Database]:
    database = Database(reader_access.app_dsn, name="reader")
    async with database.transaction() as session:
        for table in ("mirrored_things", "applied_events", "feed_cursors"):
            await session.execute(text(f"delete from {table}"))  # noqa: S608
    yield database
    await database.close()


def columns(event: CloudEvent) -> dict[str, Any]:
    return {"name": event.data["name"], "number": event.data["number"]}


async def apply(session: Session, events: list[CloudEvent], anew: bool) -> None:
    await mirror(session, MirroredThing, events, columns, anew=anew)
    if anew:
        return
    for event in events:
        counted = insert(AppliedEvent).values(id=event.id, subject=event.subject, times=1)
        more = {"times": AppliedEvent.times + 1}
        await session.execute(counted.on_conflict_do_update(index_elements=["id"], set_=more))


async def forget(session: Session, present: set[UUID]) -> None:
    await forget_missing(session, MirroredThing, present)


class Interrupted(httpx.AsyncBaseTransport):
    """The way to the neighbour, on which every n-th answer is lost."""

    def __init__(self, app: FastAPI, lose_every: int = 0) -> None:
        self._inner = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._lose_every = lose_every
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        response = await self._inner.handle_async_request(request)
        if self._lose_every and self.requests % self._lose_every == 0:
            raise httpx.ReadError("lost")
        return response


class Bearer(httpx.Auth):
    """A fixed token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


@pytest.fixture
def consume(tiny_app: FastAPI, mirror_database: Database, issuer: TestIssuer) -> Consume:
    def build(*, lose_every: int = 0, apply: Any = apply) -> FeedConsumer:
        transport = Interrupted(tiny_app, lose_every)
        auth = Bearer(issuer.token(Role.SERVICE))
        return FeedConsumer(
            name="tiny",
            database=mirror_database,
            client=ServiceClient("http://tiny.test/tiny", auth=auth, transport=transport),
            apply={THING_CHANGED: apply},
            forget={THING_CHANGED: forget},
        )

    return build


async def mirrored(database: Database) -> dict[str, tuple[str, int]]:
    async with database.transaction() as session:
        rows = (await session.execute(select(MirroredThing))).scalars()
        return {str(row.id): (row.name, row.feed_version) for row in rows}


async def applied(database: Database) -> list[int]:
    async with database.transaction() as session:
        return list((await session.execute(select(AppliedEvent.times))).scalars())


async def rename(database: Database, thing_id: UUID, name: str) -> None:
    async with database.transaction() as session:
        thing = await session.get(Thing, thing_id, with_for_update=True)
        assert thing is not None
        thing.name = name
        await announce(session, thing, reason="renamed")


async def test_it_begins_with_a_snapshot_and_goes_on_with_events(
    tiny: Database, mirror_database: Database, consume: Consume
) -> None:
    first = await add_thing(tiny, "first")
    consumer = consume()
    assert await consumer.read_once() == 1
    second = await add_thing(tiny, "second")
    await rename(tiny, first, "renamed")
    assert await consumer.read_once() == 2
    assert await consumer.read_once() == 0
    assert await mirrored(mirror_database) == {str(first): ("renamed", 2), str(second): ("second", 1)}
    assert await applied(mirror_database) == [1, 1]


async def test_an_effect_takes_place_once_although_the_consumer_breaks_and_answers_are_lost(
    tiny: Database, mirror_database: Database, consume: Consume
) -> None:
    broken = 0

    async def apply_or_break(session: Session, events: list[CloudEvent], anew: bool) -> None:
        nonlocal broken
        await apply(session, events, anew)
        broken += 1
        if broken % 3 == 0:
            raise RuntimeError("broken after the effect, before the commit")

    await consume().resync()
    consumer = consume(lose_every=4, apply=apply_or_break)
    things = []
    for number in range(30):
        things.append(await add_thing(tiny, f"thing {number}", number))
        try:
            await consumer.read_once()
        except (RuntimeError, httpx.HTTPError):
            continue
    await consume().read_once()
    assert await applied(mirror_database) == [1] * 30
    assert set(await mirrored(mirror_database)) == {str(one) for one in things}


async def test_two_consumers_at_once_have_each_effect_once(
    tiny: Database, mirror_database: Database, consume: Consume
) -> None:
    await consume().resync()
    stop = asyncio.Event()
    running = [asyncio.create_task(consume().run(stop)) for _ in range(2)]
    for number in range(40):
        await add_thing(tiny, f"thing {number}", number)
    async with asyncio.timeout(20):
        while len(await applied(mirror_database)) < 40:
            await asyncio.sleep(0.05)
    stop.set()
    async with asyncio.timeout(3):  # they do not wait for the end of their long polls
        await asyncio.gather(*running)
    assert await applied(mirror_database) == [1] * 40


async def test_a_page_that_another_worker_has_applied_is_left_alone(
    tiny: Database, mirror_database: Database, consume: Consume
) -> None:
    slow, fast = consume(), consume()
    await fast.resync()
    await add_thing(tiny, "one")
    real = slow._stored_cursor

    async def stored_cursor_then_overtaken() -> str | None:
        cursor = await real()
        await fast.read_once()
        return cursor

    slow._stored_cursor = stored_cursor_then_overtaken  # type: ignore[method-assign]
    assert await slow.read_once() == 0
    assert await applied(mirror_database) == [1]


@pytest.mark.parametrize("end", ["epoch", "trim"])
async def test_after_a_410_it_starts_again_and_deletes_what_is_gone(
    tiny: Database, mirror_database: Database, consume: Consume, end: str
) -> None:
    kept, gone = await add_thing(tiny, "kept"), await add_thing(tiny, "gone")
    consumer = consume()
    await consumer.resync()
    async with tiny.transaction() as session:
        await session.execute(text("delete from things where name = 'gone'"))
        await session.execute(text("update things set name = 'restored', version = 1"))
        if end == "epoch":
            await bump_epoch(session)
        else:
            await session.execute(text("update feed_state set trimmed_pos = last_pos + 1, last_pos = last_pos + 1"))
    assert str(gone) in await mirrored(mirror_database)
    assert await consumer.read_once() == 1
    assert await mirrored(mirror_database) == {str(kept): ("restored", 1)}
    async with mirror_database.transaction() as session:
        row = (await session.execute(select(FeedCursor))).scalar_one()
        assert row.resynced_at is not None


async def test_a_restored_version_that_is_lower_counts_after_a_new_epoch(
    tiny: Database, mirror_database: Database, consume: Consume
) -> None:
    thing_id = await add_thing(tiny, "first")
    for number in range(3):
        await rename(tiny, thing_id, f"name {number}")
    consumer = consume()
    await consumer.resync()
    assert await mirrored(mirror_database) == {str(thing_id): ("name 2", 4)}
    async with tiny.transaction() as session:
        await session.execute(text("update things set name = 'restored', version = 2"))
        await bump_epoch(session)
    await consumer.read_once()
    assert await mirrored(mirror_database) == {str(thing_id): ("restored", 2)}


async def test_a_resync_that_was_overtaken_changes_nothing(
    tiny: Database, mirror_database: Database, consume: Consume
) -> None:
    await add_thing(tiny, "first")
    slow, fast = consume(), consume()
    real = slow._read_snapshot

    async def read_snapshot_then_overtaken(kind: str) -> list[CloudEvent]:
        events = await real(kind)
        await fast.resync()
        await add_thing(tiny, "second")
        await fast.read_once()
        return events

    slow._read_snapshot = read_snapshot_then_overtaken  # type: ignore[method-assign]
    assert await slow.resync() == 0
    assert {name for name, _ in (await mirrored(mirror_database)).values()} == {"first", "second"}


def event(thing_id: UUID, version: int, name: str) -> CloudEvent:
    data = {"name": name, "number": version}
    return CloudEvent.model_validate(
        {
            "id": str(new_id()), "source": "/tiny", "type": THING_CHANGED, "subject": str(thing_id),
            "time": "2026-11-22T00:00:00Z", "aggregateversion": version, "reason": "changed", "data": data,
        }
    )  # fmt: skip


async def test_an_older_event_changes_nothing_and_the_later_of_one_version_counts(mirror_database: Database) -> None:
    thing_id = new_id()
    for version, name, written in ((2, "two", True), (1, "one", False), (2, "two again", True), (3, "three", True)):
        async with mirror_database.transaction() as session:
            ids = await mirror(session, MirroredThing, [event(thing_id, version, name)], columns, anew=False)
            assert bool(ids) == written
    assert await mirrored(mirror_database) == {str(thing_id): ("three", 3)}
    async with mirror_database.transaction() as session:
        assert await mirror(session, MirroredThing, [], columns, anew=False) == set()


async def test_more_rows_than_one_statement_has_parameters_for_are_mirrored_and_forgotten(
    mirror_database: Database,
) -> None:
    many = [event(new_id(), 1, "many") for _ in range(9_000)]
    async with mirror_database.transaction() as session:
        assert len(await mirror(session, MirroredThing, many, columns, anew=True)) == 9_000
        present = {UUID(one.subject) for one in many[1:]} | {new_id() for _ in range(33_000)}
        await forget_missing(session, MirroredThing, present)
        kept = (await session.execute(select(MirroredThing.id))).scalars().all()
        assert len(kept) == 8_999
        await forget_missing(session, MirroredThing, set())
        assert (await session.execute(select(MirroredThing.id))).first() is None


async def test_a_neighbour_that_is_away_is_waited_for(
    tiny: Database, mirror_database: Database, consume: Consume, caplog: pytest.LogCaptureFixture
) -> None:
    await add_thing(tiny, "one")
    consumer = consume(lose_every=2)
    stop = asyncio.Event()
    running = asyncio.create_task(consumer.run(stop))
    async with asyncio.timeout(20):
        while not await mirrored(mirror_database):
            await asyncio.sleep(0.05)
    await add_thing(tiny, "two")
    async with asyncio.timeout(20):
        while len(await mirrored(mirror_database)) < 2:
            await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
