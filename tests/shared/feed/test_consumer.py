"""A consumer of a feed: each event's effect takes place once, whatever breaks."""

import asyncio

import httpx
import pytest

from shared.contracts.events import CloudEvent
from shared.db import Database, Session
from tests.shared.feed.conftest import Consume
from tests.shared.feed.things import applied, apply, mirrored, rename
from tests.shared.tiny_app import add_thing


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
