"""24 writers on one database that is killed in the middle: no event is lost, invented, or out of order."""

import asyncio
import itertools
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from shared import feed
from shared.db import Database
from shared.embedded_postgres import EmbeddedPostgres
from shared.feed.models import FeedEvent, FeedState
from shared.feed.reading import read_feed
from tests.shared.conftest import prepare
from tests.shared.tiny_app import Thing

WRITERS = 24
AGGREGATES = 24
EVENTS = 100
SECONDS_AWAY, MOST_SECONDS = 1.0, 20.0


class ChangedItsMind(Exception):
    """A writer rolls back."""


@dataclass
class Record:
    """What the writers know of their attempts, each named by a tag, and what the readers saw."""

    committed: set[str] = field(default_factory=set)
    rolled_back: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    seen: list[list[tuple[int, str, str, int]]] = field(default_factory=list)
    failures: int = 0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path, durable=True, stop_with_parent=True)
    server.start()
    yield server
    server.remove()


async def write(database: Database, record: Record, things: list[UUID], writer: int, stop: asyncio.Event) -> None:
    choice = random.Random(writer)
    for number in itertools.count():
        if stop.is_set():
            return
        tag = f"{writer}-{number}"
        try:
            async with database.transaction() as session:
                thing = await session.get(Thing, choice.choice(things), with_for_update=True)
                assert thing is not None
                await asyncio.sleep(choice.random() * 0.01)
                thing.number += 1
                record.unknown.add(tag)
                await feed.announce(session, thing, reason=tag)
                await asyncio.sleep(choice.random() * 0.02)
                if choice.random() < 0.25:
                    raise ChangedItsMind
            record.committed.add(tag)
        except ChangedItsMind:
            record.rolled_back.add(tag)
        except (SQLAlchemyError, OSError):
            record.failures += 1
            await asyncio.sleep(0.1)
            continue  # whether it was committed is known to nobody
        record.unknown.discard(tag)


async def follow(database: Database, record: Record, stop: asyncio.Event) -> None:
    mine: list[tuple[int, str, str, int]] = []
    record.seen.append(mine)
    cursor, empty_after_stop = None, 0
    while empty_after_stop < 3:
        try:
            page = await read_feed(database, cursor=cursor, types=[], limit=50)
        except (SQLAlchemyError, OSError):
            await asyncio.sleep(0.05)
            continue
        mine += [(event.pos or 0, event.reason, event.subject, event.version) for event in page.events]
        cursor = page.next_cursor
        empty_after_stop = empty_after_stop + 1 if stop.is_set() and not page.events else 0
        await asyncio.sleep(0.02)


async def kill_and_restart(server: EmbeddedPostgres) -> None:
    assert server._child is not None
    os.kill(server._child.pid, signal.SIGKILL)
    await asyncio.sleep(SECONDS_AWAY)
    server.start()


async def until_more_are_committed(record: Record) -> None:
    """Wait for some hundred commits, or less on a machine that is busy with other things."""
    enough, latest = len(record.committed) + EVENTS, time.monotonic() + MOST_SECONDS
    while len(record.committed) < enough and time.monotonic() < latest:
        await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_no_event_is_lost_invented_or_out_of_order_when_the_database_is_killed(
    server: EmbeddedPostgres, record_property: Callable[[str, object], None]
) -> None:
    access = server.ensure_databases(["tiny"])["tiny"]
    await prepare(access)
    database = Database(access.app_dsn, name="writers", pool_size=WRITERS + 4)
    async with database.transaction() as session:
        made = [Thing(name=f"thing {number}", number=0) for number in range(AGGREGATES)]
        session.add_all(made)
    things = [thing.id for thing in made]
    record, stop, read_all = Record(), asyncio.Event(), asyncio.Event()
    began = time.monotonic()
    readers = [asyncio.create_task(follow(database, record, read_all)) for _ in range(3)]
    writers = [asyncio.create_task(write(database, record, things, number, stop)) for number in range(WRITERS)]

    await until_more_are_committed(record)
    before = len(record.committed)
    await kill_and_restart(server)
    await until_more_are_committed(record)
    stop.set()
    await asyncio.gather(*writers)
    read_all.set()
    await asyncio.gather(*readers)

    async with database.transaction() as session:
        stored = list((await session.execute(select(FeedEvent).order_by(FeedEvent.pos))).scalars())
        last = (await session.execute(select(FeedState.last_pos))).scalar_one()
        versions = {str(row.id): row.version for row in (await session.execute(select(Thing))).scalars()}
    await database.close()
    numbers = {
        "events": len(stored), "committed": len(record.committed), "committed_before_kill": before,
        "rolled_back": len(record.rolled_back), "unknown": len(record.unknown), "failures": record.failures,
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip
    for name, value in numbers.items():
        record_property(name, value)
    print(numbers)  # noqa: T201

    assert before > 20, numbers
    assert len(record.committed) > before + 20, numbers
    assert record.failures >= 1, numbers
    tags = {event.reason for event in stored}
    assert record.committed <= tags, "an acknowledged event was lost"
    assert not record.rolled_back & tags, "an event that was rolled back was stored"
    assert tags <= record.committed | record.unknown
    assert [event.pos for event in stored] == list(range(1, len(stored) + 1)), "the positions are not dense"
    assert last == len(stored)
    for seen in record.seen:
        assert [tag for _, tag, _, _ in seen] == [event.reason for event in stored], "a reader saw something else"
        assert [pos for pos, _, _, _ in seen] == list(range(1, len(stored) + 1))
        for thing, version in versions.items():
            assert [one for _, _, subject, one in seen if subject == thing] == list(range(2, version + 1)), "inverted"
