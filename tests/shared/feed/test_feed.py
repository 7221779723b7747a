"""The feed: positions without gaps, cursors that lose nothing, long polls, and ends that are told."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text

from shared import feed
from shared.contracts.codes import Role
from shared.db import SCOPE, WHOLE_PLATFORM, Database
from shared.feed.reading import CursorExpired, bump_epoch, read_feed, read_head, trim_feed
from shared.feed.sequencer import LOCK, assign_positions
from shared.testing import Call, Caller
from tests.shared.tiny_app import THING_CHANGED, Thing, add_thing

FEED = "/tiny/v1/feed"


@pytest.fixture
def reader(tiny_call: Call) -> Caller:
    return tiny_call(Role.SERVICE)


async def positions(database: Database) -> list[tuple[int, int | None]]:
    async with database.transaction() as session:
        query = text("select seq, pos from feed_events order by seq")
        return [(row[0], row[1]) for row in await session.execute(query)]


async def read(caller: Caller, **params: Any) -> httpx.Response:
    answer = await caller.get(FEED, params=params)
    if answer.status_code == 200:
        assert answer.headers["content-type"] == "application/cloudevents-batch+json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["feed-next-cursor"]
    return answer


async def test_an_event_is_written_without_a_position_and_gets_a_dense_one(tiny: Database) -> None:
    for number in range(3):
        await add_thing(tiny, f"thing {number}")
    async with tiny.session(**{SCOPE: lambda: (WHOLE_PLATFORM, "")}) as session:  # a hole in seq
        thing = Thing(name="gone", number=0)
        session.add(thing)
        await feed.announce(session, thing, reason="created")
        await session.rollback()
    await add_thing(tiny, "last")
    assert [pos for _, pos in await positions(tiny)] == [None] * 4
    assert await assign_positions(tiny) == 4
    assert [pos for _, pos in await positions(tiny)] == [1, 2, 3, 4]
    assert [seq for seq, _ in await positions(tiny)] == [1, 2, 3, 5]
    assert await assign_positions(tiny) == 0


async def test_an_uncommitted_event_is_never_passed_over(tiny: Database) -> None:
    async with tiny.transaction() as slow:
        early = Thing(name="early", number=1)
        slow.add(early)
        await feed.announce(slow, early, reason="created")
        await add_thing(tiny, "late")
        page = await read_feed(tiny, cursor=None, types=[], limit=10)
        assert [event.data["name"] for event in page.events] == ["late"]
    following = await read_feed(tiny, cursor=page.next_cursor, types=[], limit=10)
    assert [event.data["name"] for event in following.events] == ["early"]


async def test_one_sequencer_works_at_a_time_and_the_others_pass_by(tiny: Database) -> None:
    await add_thing(tiny, "waiting")
    async with tiny.transaction() as holder:
        await holder.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        assert await assign_positions(tiny) == 0
    assert sorted(await asyncio.gather(*[assign_positions(tiny) for _ in range(8)]))[-1] == 1
    assert [pos for _, pos in await positions(tiny)] == [1]


async def test_a_reader_gets_the_whole_snapshot_in_the_form_of_cloudevents(tiny: Database, reader: Caller) -> None:
    thing_id = await add_thing(tiny, "乡村", 5)
    (event,) = (await read(reader)).json()
    assert event["specversion"] == "1.0"
    assert (event["type"], event["source"], event["subject"]) == (THING_CHANGED, "/tiny", str(thing_id))
    assert (event["aggregateversion"], event["reason"]) == (1, "created")
    assert event["data"] == {"id": str(thing_id), "name": "乡村", "number": 5}


async def test_pages_follow_each_other_until_nothing_is_left(tiny: Database, reader: Caller) -> None:
    for number in range(7):
        await add_thing(tiny, f"thing {number}", number)
    seen, cursor = [], ""
    for size in (3, 3, 1, 0):
        answer = await read(reader, lastEventId=cursor, limit=3)
        assert len(answer.json()) == size
        seen += [event["data"]["number"] for event in answer.json()]
        cursor = answer.headers["feed-next-cursor"]
    assert seen == list(range(7))
    assert cursor == "e1.7" == (await reader.get(f"{FEED}/cursor")).json()["cursor"]


async def test_pages_that_are_filtered_empty_are_passed_over_and_move_the_cursor(
    tiny: Database, reader: Caller
) -> None:
    for number in range(5):
        await add_thing(tiny, f"thing {number}")
    answer = await read(reader, types="other.thing.changed.v1", limit=2)
    assert (answer.json(), answer.headers["feed-next-cursor"]) == ([], "e1.5")
    both = await read(reader, types=["other.thing.changed.v1", THING_CHANGED])
    assert len(both.json()) == 5


async def test_a_long_poll_passes_filtered_pages_without_a_pause(tiny: Database, reader: Caller) -> None:
    for number in range(40):
        await add_thing(tiny, f"thing {number}")
    began = time.monotonic()
    answer = await read(reader, types="other.thing.changed.v1", limit=2, timeout=1)  # has time for five pauses
    assert answer.headers["feed-next-cursor"] == "e1.40"
    assert time.monotonic() - began >= 1.0


async def test_a_long_poll_answers_as_soon_as_something_happens(tiny: Database, reader: Caller) -> None:
    began = time.monotonic()
    polling = asyncio.create_task(read(reader, timeout=20))
    await asyncio.sleep(0.4)
    await add_thing(tiny, "at last")
    answer = await polling
    assert [event["data"]["name"] for event in answer.json()] == ["at last"]
    assert time.monotonic() - began < 5


async def test_a_long_poll_ends_empty_after_its_time_and_holds_no_connection(tiny: Database, reader: Caller) -> None:
    polls = [asyncio.create_task(read(reader, timeout=1)) for _ in range(45)]  # more than the pool has
    await asyncio.sleep(0.5)
    assert (await reader.get(f"{FEED}/cursor")).status_code == 200
    answers = await asyncio.gather(*polls)
    assert {answer.text for answer in answers} == {"[]"}


async def test_many_who_wait_ask_the_database_no_oftener_than_one(tiny: Database, reader: Caller) -> None:
    asked = 0

    def count(*_: Any) -> None:
        nonlocal asked
        asked += 1

    async def poll(number: int) -> None:
        head = (await reader.get(f"{FEED}/cursor")).json()["cursor"]
        polls = [asyncio.create_task(read(reader, lastEventId=head, timeout=1)) for _ in range(number)]
        await asyncio.gather(*polls)

    event.listen(tiny.engine.sync_engine, "after_cursor_execute", count)
    await poll(1)
    by_one, asked = asked, 0
    await poll(20)
    event.remove(tiny.engine.sync_engine, "after_cursor_execute", count)
    beginning = 20 * 8  # each reads once before it waits
    assert asked < beginning + 2 * by_one


@pytest.mark.parametrize("cursor", ["x", "e1.", "e1.x", "e1.-1", "e1.1.1", "e1.٣", "e1." + "9" * 30])
async def test_what_is_no_cursor_is_refused(reader: Caller, cursor: str) -> None:
    answer = await read(reader, lastEventId=cursor)
    assert (answer.status_code, answer.json()["type"]) == (422, "/tiny/problems/cursor-malformed")


async def test_after_a_new_epoch_and_beyond_the_head_a_cursor_is_gone(tiny: Database, reader: Caller) -> None:
    await add_thing(tiny, "one")
    assert (await read(reader, lastEventId="e1.1")).status_code == 200
    beyond = await read(reader, lastEventId="e1.2")
    async with tiny.transaction() as session:
        epoch = await bump_epoch(session)
    old = await read(reader, lastEventId="e1.1")
    for answer in (beyond, old):
        assert (answer.status_code, answer.json()["type"]) == (410, "/tiny/problems/cursor-expired")
    assert (await reader.get(f"{FEED}/cursor")).json()["cursor"] == f"{epoch}.1"
    assert len((await read(reader)).json()) == 1


async def test_trimmed_events_are_gone_and_said_to_be(tiny: Database, reader: Caller) -> None:
    for number in range(4):
        await add_thing(tiny, f"thing {number}", number)
    await assign_positions(tiny)
    async with tiny.transaction() as session:
        await session.execute(text("update feed_events set occurred_at = now() - interval '91 days' where pos <= 2"))
        assert await trim_feed(session, keep_days=90) == 2
    for cursor in ("", "e1.0", "e1.1"):
        assert (await read(reader, lastEventId=cursor)).status_code == 410
    kept = await read(reader, lastEventId="e1.2")
    assert [event["data"]["number"] for event in kept.json()] == [2, 3]
    async with tiny.transaction() as session:
        assert await trim_feed(session, keep_days=90) == 0


async def test_events_without_a_position_are_never_trimmed(tiny: Database) -> None:
    await add_thing(tiny, "old")
    async with tiny.transaction() as session:
        await session.execute(text("update feed_events set occurred_at = now() - interval '91 days'"))
        assert await trim_feed(session, keep_days=90) == 0


async def test_events_trimmed_between_two_statements_of_a_reader_are_noticed(
    tiny: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        await add_thing(tiny, f"thing {number}", number)
    await assign_positions(tiny)
    from shared.feed import reading

    real = reading.feed_state

    async def read_state_then_trim(session: Any) -> Any:
        state = await real(session)
        async with tiny.transaction() as other:
            await other.execute(text("delete from feed_events where pos <= 2"))
        return state

    monkeypatch.setattr(reading, "feed_state", read_state_then_trim)
    with pytest.raises(CursorExpired):
        await read_feed(tiny, cursor="e1.0", types=[], limit=10)


async def test_the_snapshot_holds_every_aggregate_page_by_page(tiny: Database, reader: Caller) -> None:
    made = [await add_thing(tiny, f"thing {number}", number) for number in range(5)]
    head = await read_head(tiny)
    seen: list[str] = []
    after: dict[str, str] = {}
    for _ in range(3):
        page = (await reader.get(f"{FEED}/snapshot", params={"type": THING_CHANGED, "limit": 2, **after})).json()
        seen += [event["subject"] for event in page["items"]]
        after = {"after": page["next_cursor"]}
    assert seen == [str(one) for one in made]
    assert page["next_cursor"] is None
    assert page["items"][0]["reason"] == "snapshot"
    assert (await read(reader, lastEventId=head)).json() == []
    unknown = await reader.get(f"{FEED}/snapshot", params={"type": "none"})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "query/type")


async def test_only_services_read_the_feed(tiny_call: Call) -> None:
    for role in set(Role) - {Role.SERVICE}:
        for path in (FEED, f"{FEED}/cursor", f"{FEED}/snapshot?type=x"):
            assert (await tiny_call(role).get(path)).status_code == 403
