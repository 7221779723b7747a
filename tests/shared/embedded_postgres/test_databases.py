"""The databases of the services, the rights of their roles, and clones."""

import asyncpg
import pytest

from shared.embedded_postgres import EmbeddedPostgres
from tests.shared.embedded_postgres.clusters import plain


async def test_the_app_role_writes_rows_and_no_tables(postgres: EmbeddedPostgres) -> None:
    access = postgres.ensure_databases(("registry", "projects"))
    owner = await asyncpg.connect(plain(access["projects"].owner_dsn))
    app = await asyncpg.connect(plain(access["projects"].app_dsn))
    await owner.execute("CREATE TABLE demands (id serial PRIMARY KEY, title text)")
    await app.execute("INSERT INTO demands (title) VALUES ('修路')")
    await app.execute("UPDATE demands SET title = '助农'")
    assert await app.fetchval("SELECT title FROM demands") == "助农"
    await app.execute("DELETE FROM demands")
    for forbidden in (
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE demands ADD COLUMN more int",
        "DROP TABLE demands",
        "TRUNCATE demands",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(forbidden)
    await owner.execute("DROP TABLE demands")
    await app.close()
    await owner.close()


async def test_a_role_may_not_enter_the_database_of_another_service(postgres: EmbeddedPostgres) -> None:
    postgres.ensure_databases(("registry", "projects"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(plain(postgres.dsn("xiangqiao_projects", "registry_app")))


def test_databases_are_prepared_as_often_as_one_likes(postgres: EmbeddedPostgres) -> None:
    first = postgres.ensure_databases(("registry", "matching"))
    assert postgres.ensure_databases(("registry", "matching")) == first
    assert first["matching"].database == "xiangqiao_matching"
    assert first["matching"].owner_dsn.startswith("postgresql+asyncpg://matching_owner:")


async def test_a_clone_has_the_rows_and_the_rights_of_its_model(postgres: EmbeddedPostgres) -> None:
    access = postgres.ensure_databases(("matching",))["matching"]
    owner = await asyncpg.connect(plain(access.owner_dsn))
    await owner.execute("CREATE TABLE IF NOT EXISTS policies AS SELECT 1 AS version")
    await owner.close()
    clone = postgres.clone_database("matching", "matching_clone")
    app = await asyncpg.connect(plain(clone.app_dsn))
    assert await app.fetchval("SELECT version FROM policies") == 1
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("CREATE TABLE mine (id int)")
    postgres.ensure_databases(("registry",))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(plain(postgres.dsn("matching_clone", "registry_app")))
    postgres.drop_database("matching_clone")
    postgres.drop_database("matching_clone")
    app.terminate()
