"""Nothing stale stays behind: after a new epoch, a trimmed feed, an older event, or very many rows."""

from uuid import UUID

import pytest
from sqlalchemy import select, text

from shared.contracts.events import CloudEvent
from shared.db import Database, new_id
from shared.feed.models import FeedCursor
from shared.feed.read_models import forget_missing, mirror
from shared.feed.reading import bump_epoch
from tests.shared.feed.conftest import Consume
from tests.shared.feed.things import columns, mirrored, rename
from tests.shared.tiny_app import THING_CHANGED, MirroredThing, add_thing


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
