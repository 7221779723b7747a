"""Read a page of the feed behind a cursor."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import exists, select, text
from sqlalchemy.orm import aliased

from shared.db import Database, Session
from shared.errors import Gone, InvalidInput, Text
from shared.feed.models import FeedEvent, FeedState
from shared.feed.sequencer import assign_positions


class CursorExpired(Gone):
    """The events behind the cursor are no longer kept, or the feed began anew."""

    title = Text("游标已失效", "The cursor has expired")
    remedy = Text(
        "请先取新游标({feed}/cursor),再读快照({feed}/snapshot)重新同步。",
        "Take a new cursor ({feed}/cursor), read the snapshot ({feed}/snapshot), and go on from that cursor.",
    )


class CursorMalformed(InvalidInput):
    """The cursor was not given out by this feed."""

    title = Text("游标格式不正确", "The cursor is not one of this feed")
    remedy = Text(
        "请原样使用 Feed-Next-Cursor 的值,或留空从头读取。", "Send Feed-Next-Cursor as it was given, or nothing."
    )


@dataclass(frozen=True)
class FeedPage:
    """Events in order, and the cursor behind the last one that was looked at."""

    events: list[FeedEvent]
    next_cursor: str


async def feed_state(session: Session) -> FeedState:
    """Return the feed's one row of state."""
    return (await session.execute(select(FeedState))).scalar_one()


async def read_head(database: Database) -> str:
    """Return the cursor behind the newest committed event."""
    await assign_positions(database)
    async with database.transaction() as session:
        state = await feed_state(session)
        return f"{state.epoch}.{state.last_pos}"


async def read_feed(
    database: Database, *, cursor: str | None, types: Collection[str], limit: int, overtaking: Collection[str] = ()
) -> FeedPage:
    """
    Read at most ``limit`` events behind ``cursor`` (from the beginning without one), numbering new ones first.

    Events of the types ``overtaking`` make all earlier ones of their subject worthless: those are left out.

    :raises CursorExpired: if the epoch is another one or the events are trimmed
    :raises CursorMalformed: if it is no cursor of a feed
    """
    await assign_positions(database)
    async with database.transaction() as session:
        state = await feed_state(session)
        position = _position(cursor, state)
        behind = (FeedEvent.pos > position, FeedEvent.pos <= position + limit)
        query = select(FeedEvent).where(*behind).order_by(FeedEvent.pos)
        events = list((await session.execute(query)).scalars())
        if events and events[0].pos != position + 1:
            # They were trimmed away between the two statements.
            raise CursorExpired(pointer="query/lastEventId")
        last = events[-1].pos if events else position
        overtaken: set[int | None] = set()
        if overtaking and events:
            later = aliased(FeedEvent)
            of_subject = (later.subject == FeedEvent.subject, later.type.in_(overtaking), later.seq > FeedEvent.seq)
            # Asked after the events were read: what an event that is committed by now overtakes does not leave.
            query_overtaken = select(FeedEvent.pos).where(*behind, exists().where(*of_subject))
            overtaken = set((await session.execute(query_overtaken)).scalars())
        wanted = [event for event in events if (not types or event.type in types) and event.pos not in overtaken]
        return FeedPage(wanted, f"{state.epoch}.{last}")


def _position(cursor: str | None, state: FeedState) -> int:
    if not cursor:
        if state.trimmed_pos:
            raise CursorExpired(pointer="query/lastEventId")
        return 0
    epoch, _, position = cursor.partition(".")
    if not (position.isascii() and position.isdigit() and len(position) < 19):
        raise CursorMalformed(pointer="query/lastEventId")
    if epoch != state.epoch or not state.trimmed_pos <= int(position) <= state.last_pos:
        raise CursorExpired(pointer="query/lastEventId")
    return int(position)


async def bump_epoch(session: Session) -> str:
    """Begin the feed anew after a backup was restored; every reader will resynchronise. Return the new epoch."""
    bump = text(
        "update feed_state set epoch = substr(md5(random()::text || clock_timestamp()::text), 1, 8) returning epoch"
    )
    return str((await session.execute(bump)).scalar_one())


async def trim_feed(session: Session, *, keep_days: int) -> int:
    """Delete events older than ``keep_days`` days and remember how far; return how many."""
    trim = text("""
        with old as (
            delete from feed_events where pos is not null and occurred_at < now() - make_interval(days => :days)
            and pos <= (select last_pos from feed_state) returning pos
        )
        update feed_state set trimmed_pos = greatest(trimmed_pos, coalesce((select max(pos) from old), 0))
        returning (select count(*) from old)
    """)
    return int((await session.execute(trim, {"days": keep_days})).scalar_one())
