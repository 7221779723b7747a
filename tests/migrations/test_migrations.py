"""Each service's migrations: one head, from empty to the models, and nothing that the app role could do itself."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine

from shared.db import Database, Infrastructure
from shared.migrations import alembic_config, include_object
from shared.testing import SECRET_KEY, Postgres

SERVICES = ("registry", "projects", "matching")


def folder(service: str) -> Path:
    return Path("services") / service / "migrations"


@pytest.mark.parametrize("service", SERVICES)
def test_there_is_one_head_and_the_numbers_are_in_order(service: str) -> None:
    script = ScriptDirectory.from_config(alembic_config(folder(service), "unused"))
    revisions = [revision.revision for revision in script.walk_revisions()][::-1]
    assert len(script.get_heads()) == 1
    assert script.get_bases() == ["0001"]
    assert revisions == sorted(revisions)
    assert revisions == [f"{number:04}" for number in range(1, len(revisions) + 1)]


@pytest.mark.parametrize("service", SERVICES)
async def test_an_empty_database_comes_to_the_models_without_a_difference(postgres: Postgres, service: str) -> None:
    metadata = import_module(f"services.{service}.models").metadata

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"include_object": include_object})
        return list(compare_metadata(context, [*metadata, Infrastructure.metadata]))  # type: ignore[arg-type]

    engine = create_async_engine(postgres.migrated(service).owner_dsn)
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await engine.dispose()


async def test_a_difference_would_be_seen(postgres: Postgres) -> None:
    async with postgres.clone("registry") as access:
        engine = create_async_engine(access.owner_dsn)
        async with engine.begin() as connection:
            await connection.execute(text("alter table feed_cursors drop column resynced_at"))
            await connection.execute(text("create table left_over (id bigint)"))

            def count(connection: Connection) -> int:
                context = MigrationContext.configure(connection, opts={"include_object": include_object})
                return len(compare_metadata(context, Infrastructure.metadata))

            assert await connection.run_sync(count) >= 2
        await engine.dispose()


async def test_two_runners_at_once_leave_one_schema(postgres: Postgres) -> None:
    access = postgres.server.ensure_databases(["twice"])["twice"]
    environment = {
        "PROJECTS_DATABASE_URL": access.app_dsn,
        "PROJECTS_OWNER_DATABASE_URL": access.owner_dsn,
        "PROJECTS_CLIENT_SECRET": "unused",  # pragma: allowlist secret
        "XIANGQIAO_SECRET_KEY": SECRET_KEY,
    }
    command = [sys.executable, "-m", "services.projects", "migrate"]
    runners = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) for _ in range(2)]
    said = [runner.communicate(timeout=60)[1].decode() for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0], said
    database = Database(access.app_dsn, name="test")
    async with database.session() as session:
        count = (await session.execute(text("select count(*) from feed_state"))).scalar_one()
    await database.close()
    postgres.server.drop_database(access.database)
    assert count == 1


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "statement",
    [
        "create table mine (id bigint)",
        "drop table feed_events",
        "alter table operations add column mine text",
        "truncate feed_events",
        "create schema mine",
        "create role mine",
        "create extension hstore",
    ],
)
async def test_the_app_role_changes_no_schema(postgres: Postgres, service: str, statement: str) -> None:
    database = Database(postgres.migrated(service).app_dsn, name="test", pool_size=1)
    try:
        async with database.session() as session:
            with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
                await session.execute(text(statement))
    finally:
        await database.close()
