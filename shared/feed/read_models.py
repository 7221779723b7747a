"""Rows that mirror a neighbour's aggregates: written if they are newer, whole."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.events import CloudEvent
from shared.db import Session


class Mirrored:
    """A row whose id and version are those of the neighbour's aggregate."""

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-10)
    feed_version: Mapped[int] = mapped_column(sort_order=900)


async def mirror(
    session: Session,
    model: type[Mirrored],
    events: Sequence[CloudEvent],
    read: Callable[[CloudEvent], dict[str, Any]],
    *,
    anew: bool,
) -> set[UUID]:
    """
    Write the newest of each aggregate's events as its row, if it is newer than what is stored or ``anew``.

    ``read`` turns an event into the row's other columns. Return the ids of the rows that were written.
    """
    rows = {
        event.subject: {"id": UUID(event.subject), "feed_version": event.aggregateversion, **read(event)}
        for event in events
    }
    if not rows:
        return set()
    statement = insert(model).values(list(rows.values()))
    changed = {name: statement.excluded[name] for name in next(iter(rows.values())) if name != "id"}
    newer = None if anew else model.feed_version < statement.excluded.feed_version
    upsert = statement.on_conflict_do_update(index_elements=["id"], set_=changed, where=newer)
    return set((await session.execute(upsert.returning(model.id))).scalars())


async def forget_missing(session: Session, model: type[Mirrored], present: set[UUID]) -> None:
    """Delete the mirrored rows that the neighbour no longer has."""
    await session.execute(delete(model).where(model.id.not_in(present)))
