"""Run a service's alembic migrations as the owner role, one runner at a time, with time limits."""

import asyncio
from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.config import Config
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from sqlalchemy import Connection, MetaData, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.db import Infrastructure

LOCK = 0x58495142  # names the migration runner among a database's advisory locks


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


def run_environment(metadata: MetaData) -> None:
    """Do what a service's ``env.py`` must: connect as the owner, lock, and run within one transaction."""
    config = context.config
    connection = config.attributes.get("connection")
    if connection is not None:
        _migrate(connection, metadata)
        return
    asyncio.run(_connect_and_migrate(config.attributes["database_url"], metadata))


async def _connect_and_migrate(url: str, metadata: MetaData) -> None:
    engine = create_async_engine(url, poolclass=pool.NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_migrate, metadata)
    finally:
        await engine.dispose()


def _migrate(connection: Connection, metadata: MetaData) -> None:
    connection.execute(text("set lock_timeout = '10s'"))
    connection.execute(text("set statement_timeout = '300s'"))
    connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    context.configure(
        connection=connection,
        target_metadata=[metadata, Infrastructure.metadata],
        compare_server_default=False,
        include_object=include_object,
    )
    with context.begin_transaction():
        context.run_migrations()


def include_object(_object: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    """Leave the job queue's own tables out of the comparison with the models."""
    return not (kind == "table" and name is not None and name.startswith("pgqueuer"))


def job_queue_statements() -> str:
    """Return the DDL of the job queue's tables, which its library defines."""
    return QueryBuilderEnvironment().build_install_query()
