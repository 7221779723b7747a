"""Rows that mirror a neighbour's aggregates: written if they are newer, whole."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from shared.db import Session


class Mirrored:
    """A row whose id and version are those of the neighbour's aggregate."""

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-10)
    feed_version: Mapped[int] = mapped_column(sort_order=900)


async def mirror(
    session: Session, model: type[Mirrored], values: dict[str, Any], *, subject: str, version: int, anew: bool
) -> bool:
    """Write a mirrored row if it is newer than what is stored, or ``anew``; tell whether it was written."""
    row = {"id": UUID(subject), "feed_version": version, **values}
    statement = insert(model).values(row)
    changed = {name: statement.excluded[name] for name in row if name != "id"}
    newer = None if anew else model.feed_version < statement.excluded.feed_version
    statement = statement.on_conflict_do_update(index_elements=["id"], set_=changed, where=newer)
    return bool((await session.execute(statement.returning(model.id))).scalar_one_or_none())


async def forget_missing(session: Session, model: type[Mirrored], present: set[UUID]) -> None:
    """Delete the mirrored rows that the neighbour no longer has."""
    await session.execute(delete(model).where(model.id.not_in(present)))
