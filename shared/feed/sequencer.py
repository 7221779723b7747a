"""Give committed events their dense positions, in the order in which they were written."""

from sqlalchemy import text

from shared.db import Database

LOCK = 0x58495141  # any constant: names the sequencer among a database's advisory locks
MOST_AT_ONCE = 5_000

ASSIGN = text("""
    with state as (select last_pos from feed_state for update),
         fresh as (
            select seq, row_number() over (order by seq) as step
            from (select seq from feed_events where pos is null order by seq limit :most) as waiting
         ),
         numbered as (
            update feed_events set pos = state.last_pos + fresh.step
            from fresh, state where feed_events.seq = fresh.seq
            returning feed_events.pos
         )
    update feed_state set last_pos = greatest(last_pos, (select max(pos) from numbered))
    where exists (select 1 from numbered)
    returning (select count(*) from numbered)
""")


async def assign_positions(database: Database) -> int:
    """
    Give positions to the committed events that have none yet, and return how many.

    A position is given only under the lock and only to what is committed, so a reader can never pass over an event
    that commits later. Whoever does not get the lock leaves the work to its holder.
    """
    async with database.transaction() as session:
        waiting = await session.execute(text("select 1 from feed_events where pos is null limit 1"))
        if waiting.first() is None:
            return 0
        locked = await session.execute(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK})
        if not locked.scalar_one():
            return 0
        return int((await session.execute(ASSIGN, {"most": MOST_AT_ONCE})).scalar() or 0)
