"""Sessions and the declarative ground: one request is one transaction, and nobody else commits."""

import enum
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import uuid_utils.compat
from fastapi import Depends, Request
from sqlalchemy import TIMESTAMP, BigInteger, Connection, Date, Enum, MetaData, Text, event, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, SessionTransaction, declared_attr, mapped_column
from sqlalchemy.orm import Session as SyncSession

from shared import clock


def _rule_of(constraint: Any, _table: Any) -> str:
    """Name a CHECK: as it was named, but the one of a code list by its column, since two columns may share a list."""
    return f"{next(iter(constraint.columns)).name}_known" if constraint._type_bound else str(constraint.name)


NAMING: Mapping[Any, Any] = {
    "rule_constraint_name": _rule_of,
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(rule_constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
COLUMN_TYPES = {
    datetime: TIMESTAMP(timezone=True),
    date: Date(),
    str: Text(),
    int: BigInteger(),
    dict[str, Any]: JSONB(),
    list[Any]: JSONB(),
    list[str]: ARRAY(Text()),
    enum.Enum: Enum(
        enum.Enum,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda codes: [code.value for code in codes],
    ),
}
"""How a Python type is stored; a code list is a text column with a CHECK, so that a new code needs no new type."""


WHOLE_PLATFORM = "platform"
"""The scope of the platform's own work: jobs, feed consumers, commands."""
SCOPE = "scope"
"""The key of a session's ``info`` under which stands what tells the scope of its transactions, and their subject."""
REQUEST = "request"
"""The key of a session's ``info`` under which the request stands that it serves, if it serves one."""
WIDENED = "widened"
"""The key of a session's ``info`` that is set while it works as the platform within a caller's transaction."""
_TELL = text("select set_config('app.scope', :scope, true), set_config('app.subject', :subject, true)")


def new_id() -> UUID:
    """Return a UUIDv7: unique, and in the order of creation."""
    return uuid_utils.compat.uuid7()


class Infrastructure(DeclarativeBase):
    """The tables that every service's database has: feed, cursors, idempotency keys, operations."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = COLUMN_TYPES


class Identified:
    """A row named by a UUIDv7."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-10)


class Stamped:
    """A row that knows when it was made and last changed."""

    created_at: Mapped[datetime] = mapped_column(default=clock.now, sort_order=900)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now, sort_order=901)


class Versioned:
    """A row whose version counts its changes; the strong ETag and the feed's ``aggregate_version``."""

    version: Mapped[int] = mapped_column(sort_order=902)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.version}


class Database:
    """One service's database: an engine and the sessions made from it, each of which holds ``info``."""

    def __init__(
        self,
        url: str,
        *,
        name: str,
        pool_size: int = 10,
        statement_timeout_ms: int = 30_000,
        info: Mapping[str, Any] | None = None,
    ) -> None:
        self.url = url
        self.info = info or {}
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            json_serializer=lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
            connect_args={
                "server_settings": {"application_name": name, "statement_timeout": str(statement_timeout_ms)}
            },
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    def session(self, **info: Any) -> AsyncSession:
        """Return a new session; the caller opens and ends its transaction."""
        return self._sessions(info={**self.info, **info})

    @asynccontextmanager
    async def transaction(self, *, request: Request | None = None) -> AsyncIterator[AsyncSession]:
        """
        Open a session with one transaction that commits at the end and rolls back on any error.

        PostgreSQL is told the scope of the request's caller: none without a caller, the whole platform without a
        request. Row-level security shows and takes the rows of this scope alone (docs/row-level-security.md).
        """
        scope = (lambda: (WHOLE_PLATFORM, "")) if request is None else partial(_scope_of_caller, request)
        served = {} if request is None else {REQUEST: request}
        async with self.session(**{SCOPE: scope, **served}) as session, session.begin():
            yield session

    async def is_ready(self) -> bool:
        """Tell whether the database answers a query now."""
        try:
            async with self.engine.connect() as connection:
                return bool((await connection.execute(text("select 1"))).scalar_one())
        except (SQLAlchemyError, OSError):
            return False

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()


def _scope_of_caller(request: Request) -> tuple[str, str]:
    principal = getattr(request.state, "principal", None)
    # A route that nobody calls in a name, such as the one that gives out tokens, names its scope itself.
    return (principal.scope, principal.signature) if principal else (getattr(request.state, "scope", ""), "")


@asynccontextmanager
async def whole_platform(session: AsyncSession) -> AsyncIterator[None]:
    """
    Let the platform itself look or write where the caller may not, within the caller's transaction.

    Only for what the caller neither sees nor chooses, such as telling the other side's subscribers.
    """
    scope: Callable[[], tuple[str, str]] | None = session.info.get(SCOPE)
    if scope is None or scope()[0] == WHOLE_PLATFORM or session.info.get(WIDENED):
        yield
        return
    # What the caller changed so far must pass in the caller's own scope.
    await session.flush()
    name, subject = scope()
    await session.execute(_TELL, {"scope": WHOLE_PLATFORM, "subject": subject})
    session.info[WIDENED] = True
    try:
        yield
        await session.flush()
    finally:
        session.info[WIDENED] = False
        if session.is_active:
            # A transaction that the database has given up takes nothing more, and its end forgets the scope.
            with suppress(DBAPIError):
                await session.execute(_TELL, {"scope": name, "subject": subject})


@event.listens_for(SyncSession, "after_begin")
def _set_scope(session: SyncSession, transaction: SessionTransaction, connection: Connection) -> None:
    """
    Tell PostgreSQL whose rows the transaction may see, as it sends its first statement: the caller is known by then.

    It is set anew by every transaction and ends with it, so that a pooled connection keeps nobody's scope.
    """
    scope: Callable[[], tuple[str, str]] | None = session.info.get(SCOPE)
    if scope is not None and not transaction.nested:
        connection.execute(_TELL, dict(zip(("scope", "subject"), scope(), strict=True)))


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Give the request its one transaction, which commits before the answer leaves."""
    async with request.app.state.database.transaction(request=request) as session:
        request.state.session = session
        yield session


Session = AsyncSession
RequestSession = Annotated[AsyncSession, Depends(get_session, scope="function")]
"""The session of a route. ``scope="function"`` matters: by default FastAPI answers before the commit."""
