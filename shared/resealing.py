"""Seal everything anew after a change of the data key: in batches, from where an interrupted run had come."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, and_, func, select, tuple_, update

from shared.audit.models import Effect
from shared.audit.recording import Audited, record_act
from shared.db import Database, Session
from shared.idempotency import IdempotencyKey, answer_purpose
from shared.sealing import SealBroken, Sealer

BATCH = 200


@dataclass(frozen=True)
class SealedColumn:
    """A column of sealed values, and the purpose for which the value of a row was sealed."""

    model: type[Any]
    column: str
    purpose: Callable[[Any], str]


ANSWERS = SealedColumn(IdempotencyKey, "body", lambda row: answer_purpose(row.subject, row.key))
"""What every service seals."""


@dataclass
class Resealed:
    """How many values were sealed anew, and how many no known key opens."""

    resealed: int = 0
    unreadable: int = 0


async def reseal(database: Database, sealer: Sealer, columns: Sequence[SealedColumn]) -> Resealed:
    """
    Seal every value that another key or algorithm has sealed, a batch a transaction.

    A value that changed meanwhile is left to who changed it; what cannot be opened is counted and left as it is.
    """
    done = Resealed()
    for one in columns:
        table: Table = one.model.__table__
        after: tuple[Any, ...] | None = None
        while True:
            async with database.transaction() as session:
                rows = (await session.execute(_next(table, one.column, sealer.mark, after))).all()
                for row in rows:
                    await _reseal_row(session, table, one, row, sealer, done)
            if not rows:
                break
            after = tuple(getattr(rows[-1], key.name) for key in table.primary_key)
    return done


def _next(table: Table, column: str, mark: str, after: tuple[Any, ...] | None) -> Any:
    """Select the next rows by primary key whose value does not begin with the mark of today."""
    keys, sealed = list(table.primary_key), table.c[column]
    text = func.convert_from(sealed, "UTF8") if sealed.type.python_type is bytes else sealed
    begins = func.left(text, len(mark))
    query = select(table).where(begins != mark).order_by(*keys).limit(BATCH)
    return query if after is None else query.where(tuple_(*keys) > tuple_(*after))


async def _reseal_row(
    session: Session, table: Table, one: SealedColumn, row: Any, sealer: Sealer, done: Resealed
) -> None:
    old = getattr(row, one.column)
    text = old.decode("ascii") if isinstance(old, bytes) else old
    try:
        fresh: str | bytes = sealer.reseal(text, purpose=one.purpose(row))
    except SealBroken:
        done.unreadable += 1
        return
    if isinstance(old, bytes):
        fresh = str(fresh).encode("ascii")
    # The old value in the condition: whoever changed the row meanwhile has sealed it with the key of today.
    this = and_(*(key == getattr(row, key.name) for key in table.primary_key), table.c[one.column] == old)
    renewed = update(table).where(this).values({one.column: fresh}).execution_options(audit="an entry, below")
    if (await session.execute(renewed)).rowcount and issubclass(one.model, Audited):  # type: ignore[attr-defined]
        name = "/".join(str(getattr(row, key.name)) for key in table.primary_key)
        await record_act(session, Effect.CHANGED, object_type=table.name, object_ids=[name], fields=[one.column])
    done.resealed += 1
