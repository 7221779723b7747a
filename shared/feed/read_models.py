"""Rows that mirror a neighbour's aggregates: written if they are newer, whole."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Uuid, all_, delete, literal
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.events import CloudEvent
from shared.db import Session


class Mirrored:
    """A row whose id and version are those of the neighbour's aggregate."""

    not_audited: ClassVar[str] = "mirrored: recorded where the aggregate is owned"

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
    Write the newest of each aggregate's events as its row, unless a newer one is stored and it is not done ``anew``.

    ``read`` turns an event into the row's other columns. Return the ids of the rows that were written.
    """
    rows = {
        event.subject: {"id": UUID(event.subject), "feed_version": event.aggregateversion, **read(event)}
        for event in events
    }
    if not rows:
        return set()
    statement = insert(model)
    changed = {name: statement.excluded[name] for name in next(iter(rows.values())) if name != "id"}
    # Of two events of one version the later one counts: a change of a part need not touch the whole's row.
    not_older = None if anew else model.feed_version <= statement.excluded.feed_version
    upsert = statement.on_conflict_do_update(index_elements=["id"], set_=changed, where=not_older)
    # The rows are given beside the statement, so that SQLAlchemy cuts them to what one statement may carry.
    return set((await session.execute(upsert.returning(model.id), list(rows.values()))).scalars())


async def forget_missing(session: Session, model: type[Mirrored], present: set[UUID]) -> None:
    """Delete the mirrored rows that the neighbour no longer has."""
    # One array, for a statement has no more than 32,767 parameters.
    await session.execute(delete(model).where(model.id != all_(literal(list(present), ARRAY(Uuid())))))
