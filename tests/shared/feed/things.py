"""Things of the tiny service as a reader mirrors them, and how often each event took effect."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shared.contracts.events import CloudEvent
from shared.db import Database, Session
from shared.feed import announce
from shared.feed.read_models import forget_missing, mirror
from tests.shared.tiny_app import AppliedEvent, MirroredThing, Thing


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
