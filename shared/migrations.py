"""Run a service's alembic migrations as the owner role, one runner at a time, with time limits."""

import asyncio
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

import shared.audit.models
import shared.feed.models
import shared.idempotency
import shared.operations  # noqa: F401  (their tables belong to the metadata that is compared)
from shared.db import NAMING, Infrastructure

LOCK = 0x58495142  # names the migration runner among a database's advisory locks


class ComparedMetadata(list[MetaData]):
    """All metadata of a database; alembic takes the naming convention for what a migration creates from here."""

    naming_convention = NAMING


def alembic_config(migrations: Path, database_url: str) -> Config:
    """Return the alembic configuration of a service whose migrations lie in ``migrations``."""
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = database_url
    return config


def upgrade(migrations: Path, database_url: str) -> None:
    """Bring a service's database to the newest schema."""
    command.upgrade(alembic_config(migrations, database_url), "head")


def run_environment(metadata: Sequence[MetaData]) -> None:
    """Do what a service's ``env.py`` must: connect as the owner, lock, and run within one transaction."""
    config = context.config
    connection = config.attributes.get("connection")
    if connection is not None:
        _migrate(connection, metadata)
        return
    asyncio.run(_connect_and_migrate(config.attributes["database_url"], metadata))


async def _connect_and_migrate(url: str, metadata: Sequence[MetaData]) -> None:
    engine = create_async_engine(url, poolclass=pool.NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_migrate, metadata)
    finally:
        await engine.dispose()


def _migrate(connection: Connection, metadata: Sequence[MetaData]) -> None:
    connection.execute(text("set statement_timeout = '300s'"))
    connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    # Only now: another runner may be waited for longer than a table in use.
    connection.execute(text("set lock_timeout = '10s'"))
    context.configure(
        connection=connection,
        target_metadata=ComparedMetadata([*metadata, Infrastructure.metadata]),
        compare_server_default=False,
        include_object=include_object,
    )
    with context.begin_transaction():
        context.run_migrations()


def include_object(_object: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    """Leave the job queue's own tables out of the comparison with the models."""
    return not (kind == "table" and name is not None and name.startswith("pgqueuer"))


def run_script(connection: Connection, name: str, *, package: str = "shared") -> None:
    """Run a frozen SQL script of a package, which may hold many statements, in the migration's transaction."""
    script = files(package).joinpath(name).read_text(encoding="utf-8")
    raw: Any = connection.connection.dbapi_connection
    raw.run_async(lambda driver: driver.execute(script))


def draft(migrations: Path, database_url: str, message: str, revision: str) -> None:
    """Write a migration that brings the database to the models; read and correct it before you commit it."""
    command.revision(alembic_config(migrations, database_url), message=message, autogenerate=True, rev_id=revision)
