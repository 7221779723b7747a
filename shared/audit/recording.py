"""Write the entries: by themselves for every change of an audited object, and by a call for what else is recorded."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Connection, event, insert, inspect, select
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import ColumnProperty, Mapper, ORMExecuteState, object_session
from sqlalchemy.orm import Session as SyncSession

from shared import clock
from shared.actors import actor_of, describe_actor
from shared.audit.keys import AUDIT_KEY, AuditKey, canonical
from shared.audit.models import AuditEntry, AuditPending, Effect, Result
from shared.db import Session, new_id

COLLECTED = "audit_collected"
BEFORE = "audit_before"
RECORDED = "audit"
"""The execution option of a bulk statement on an audited table: how its effect is recorded, or why it need not be."""
BOOKKEEPING = frozenset({"version", "updated_at"})


class Audited:
    """
    The ground of a service's declarative base: every change of its objects leaves an entry, whoever makes it.

    A class that is technical says in ``not_audited`` why its changes leave none; a change of nothing but
    ``unaudited_fields`` (a stamp of last use) leaves none either. Of ``told_fields`` the value is told with the name,
    ``role=service``: codes and ids that tell who was given which power, and never anything of a person.
    """

    not_audited: ClassVar[str]
    unaudited_fields: ClassVar[frozenset[str]] = frozenset()
    told_fields: ClassVar[frozenset[str]] = frozenset()


class UnrecordedStatement(Exception):
    """A bulk statement changes an audited table, and nobody has said how that is recorded."""


def _hashed(mapper: Mapper[Any]) -> list[ColumnProperty[Any]]:
    """Return the columns whose values make up an object's state: not what is loaded by demand or derived."""
    return [one for one in mapper.column_attrs if not one.deferred and not isinstance(one.columns[0].type, TSVECTOR)]


def _fetch(mapper: Mapper[Any], connection: Connection, target: Any) -> dict[str, Any]:
    """Read the object's state as it stands in the database."""
    keys = zip(mapper.primary_key, mapper.primary_key_from_instance(target), strict=True)
    columns = [one.columns[0].label(one.key) for one in _hashed(mapper)]
    row = connection.execute(select(*columns).where(*[column == value for column, value in keys])).one_or_none()
    return dict(row._mapping) if row else {}


def _state_before(mapper: Mapper[Any], connection: Connection, target: Any) -> dict[str, Any]:
    """Return the state as it was loaded, or as it is stored where a part was never loaded."""
    state, values = inspect(target), {}
    for one in _hashed(mapper):
        history = state.attrs[one.key].history
        if history.deleted:
            values[one.key] = history.deleted[0]
        elif history.unchanged:
            values[one.key] = history.unchanged[0]
        else:
            return _fetch(mapper, connection, target)
    return values


def _state_after(mapper: Mapper[Any], connection: Connection, target: Any) -> dict[str, Any]:
    present, values = inspect(target).dict, {}
    for one in _hashed(mapper):
        column = one.columns[0]
        if one.key not in present and (column.server_default is not None or column.identity is not None):
            return _fetch(mapper, connection, target)
        values[one.key] = present.get(one.key)
    return values


def _sign(session: SyncSession, state: dict[str, Any]) -> str | None:
    key: AuditKey | None = session.info.get(AUDIT_KEY)
    return key.sign("state", {name: canonical(value) for name, value in state.items()}) if key else None


def _changed_fields(mapper: Mapper[Any], target: Any) -> list[str]:
    attributes = inspect(target).attrs
    return sorted(one.key for one in mapper.column_attrs if attributes[one.key].history.has_changes())


def _tell(target: Audited, fields: Iterable[str], state: dict[str, Any]) -> list[str]:
    """Return the names of fields, those that are told with their present value."""
    return [f"{name}={canonical(state[name])}" if name in target.told_fields else name for name in fields]


def _object_id(mapper: Mapper[Any], target: Any) -> str:
    return "/".join(str(canonical(value)) for value in mapper.primary_key_from_instance(target))


def _collect(session: SyncSession, mapper: Mapper[Any], target: Any, effect: Effect, **columns: Any) -> None:
    table = str(mapper.local_table)
    entry = build_entry(
        describe_actor(session.info), effect, object_type=table, object_id=_object_id(mapper, target), **columns
    )
    session.info.setdefault(COLLECTED, []).append(entry)


def is_audited(model: type[Any]) -> bool:
    """Tell whether changes of a class's objects leave entries."""
    return not getattr(model, "not_audited", "")


def _watched(target: Any) -> SyncSession | None:
    return object_session(target) if is_audited(type(target)) else None


@event.listens_for(Audited, "after_insert", propagate=True)
def _note_creation(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    if session := _watched(target):
        state = _state_after(mapper, connection, target)
        fields = sorted(name for name, value in state.items() if value is not None and name not in BOOKKEEPING)
        told = _tell(target, fields, state)
        _collect(session, mapper, target, Effect.CREATED, fields=told, hash_after=_sign(session, state))


@event.listens_for(Audited, "before_update", propagate=True)
def _note_state_before(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    if session := _watched(target):
        fields = _changed_fields(mapper, target)
        if not target.unaudited_fields.issuperset(fields):
            state = _state_before(mapper, connection, target)
            session.info.setdefault(BEFORE, {})[id(target)] = (fields, _sign(session, state))


@event.listens_for(Audited, "after_update", propagate=True)
def _note_change(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    if (session := _watched(target)) and (noted := session.info.get(BEFORE, {}).pop(id(target), None)):
        fields, before = noted
        state = _state_after(mapper, connection, target)
        told, after = _tell(target, fields, state), _sign(session, state)
        _collect(session, mapper, target, Effect.CHANGED, fields=told, hash_before=before, hash_after=after)


@event.listens_for(Audited, "before_delete", propagate=True)
def _note_deletion(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    if session := _watched(target):
        before = _sign(session, _state_before(mapper, connection, target))
        _collect(session, mapper, target, Effect.DELETED, hash_before=before)


@event.listens_for(SyncSession, "before_flush")
def _begin_collecting(session: SyncSession, *_: Any) -> None:
    # A flush that failed may have left some: they are not of this one.
    session.info.pop(COLLECTED, None)
    session.info.pop(BEFORE, None)


@event.listens_for(SyncSession, "after_flush")
def _write_collected(session: SyncSession, *_: Any) -> None:
    """Write the entries of a flush, within its transaction and its savepoint."""
    if entries := session.info.pop(COLLECTED, None):
        connection = session.connection()
        for statement, rows in _statements(entries):
            connection.execute(statement, rows)


@event.listens_for(SyncSession, "do_orm_execute")
def _refuse_unrecorded(state: ORMExecuteState) -> None:
    """
    Refuse a bulk statement, which no event of an object sees, unless it says how it is recorded.

    :raises UnrecordedStatement: if it does not
    """
    if (state.is_insert or state.is_update or state.is_delete) and RECORDED not in state.execution_options:
        model = _audited_model(state.statement.table)  # type: ignore[attr-defined]
        if model is not None and is_audited(model):
            raise UnrecordedStatement(f"{model.__name__}: record it, and say so with execution_options(audit=…)")


def _audited_model(table: Any, ground: type[Audited] = Audited) -> type[Audited] | None:
    for model in ground.__subclasses__():
        mapped = model.__dict__.get("__table__")
        # The table of an ORM statement is an annotated copy.
        if mapped is not None and mapped.key == table.key and mapped.metadata is table.metadata:
            return model
        if found := _audited_model(table, model):
            return found
    return None


def build_entry(
    actor: dict[str, Any],
    effect: Effect,
    *,
    object_type: str | None,
    object_id: str | None,
    fields: Iterable[str] = (),
    hash_before: str | None = None,
    hash_after: str | None = None,
    result: Result = Result.DONE,
    reason: str | None = None,
    times: int = 1,
) -> dict[str, Any]:
    """Return the row of an entry; ``fields`` are names, with a value only where it tells of a power."""
    return {
        **actor, "id": new_id(), "at": clock.now(), "effect": effect, "object_type": object_type,
        "object_id": object_id, "fields": list(fields), "hash_before": hash_before, "hash_after": hash_after,
        "result": result, "reason": reason, "times": times,
    }  # fmt: skip


def _statements(entries: Sequence[dict[str, Any]]) -> list[tuple[Any, list[dict[str, Any]]]]:
    pending = [{"audit_id": entry["id"]} for entry in entries]
    return [(insert(AuditEntry.__table__), list(entries)), (insert(AuditPending.__table__), pending)]  # type: ignore[arg-type]


async def write_entries(session: Session, entries: Sequence[dict[str, Any]]) -> None:
    """Write rows of entries in the session's transaction."""
    for statement, rows in _statements(entries):
        await session.execute(statement, rows)


async def record_act(
    session: Session,
    effect: Effect,
    *,
    object_type: str,
    object_ids: Iterable[str | UUID],
    fields: Iterable[str] = (),
    times: int = 1,
) -> None:
    """Record what a bulk statement did, one entry an object, in the session's transaction."""
    actor, names = actor_of(session), list(fields)
    entries = [
        build_entry(actor, effect, object_type=object_type, object_id=str(one), fields=names, times=times)
        for one in object_ids
    ]
    if entries:
        await write_entries(session, entries)


async def record_reading(
    session: Session, *, object_type: str, object_ids: Iterable[str | UUID], fields: Iterable[str]
) -> None:
    """
    Record that the caller reads what is worth an entry: contacts, and the audit log itself.

    It is written in the transaction of the reading, which must commit before the answer leaves (``RequestSession``).
    """
    await record_act(session, Effect.READ, object_type=object_type, object_ids=object_ids, fields=fields)
