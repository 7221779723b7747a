"""Databases that a service must refuse to start on, and the SQL that makes a fit one."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from shared import database_checks, database_roles
from shared.embedded_postgres import EmbeddedPostgres
from shared.embedded_postgres.errors import StatementFailed


@pytest.fixture(scope="module")
def postgres() -> Iterator[EmbeddedPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="xiangqiao-test-"))
    folder.chmod(0o755)
    embedded = EmbeddedPostgres(folder, durable=False, stop_with_parent=True)
    embedded.start()
    yield embedded
    embedded.remove()
    shutil.rmtree(folder)


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(dsn)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


async def test_a_database_of_our_own_layout_is_fit_for_the_app_role(postgres: EmbeddedPostgres) -> None:
    access = postgres.ensure_databases(("matching",))["matching"]
    async with connected(access.app_dsn) as connection:
        await database_checks.check_database(connection)
        assert (await connection.execute(text("SELECT similarity('乡村振兴', '乡村振兴局') > 0.3"))).scalar_one()


async def test_a_database_with_lc_ctype_c_is_refused(postgres: EmbeddedPostgres) -> None:
    postgres.run_script("CREATE DATABASE ascii_letters TEMPLATE template0 LC_CTYPE 'C'")
    postgres.run_script("CREATE EXTENSION pg_trgm", database="ascii_letters")
    async with connected(postgres.dsn("ascii_letters")) as connection:
        with pytest.raises(database_checks.ChineseTrigramsMissing, match=r"中文[\s\S]*Chinese[\s\S]*C\.UTF-8"):
            await database_checks.check_database(connection)


async def test_a_database_without_pg_trgm_is_refused(postgres: EmbeddedPostgres) -> None:
    async with connected(postgres.dsn("postgres")) as connection:
        with pytest.raises(database_checks.TrigramsMissing, match="CREATE EXTENSION"):
            await database_checks.check_chinese_trigrams(connection)


async def test_a_database_that_is_not_utf8_is_refused(postgres: EmbeddedPostgres) -> None:
    postgres.run_script("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_CTYPE 'C'")
    async with connected(postgres.dsn("latin")) as connection:
        with pytest.raises(database_checks.EncodingNotUtf8, match="LATIN1"):
            await database_checks.check_database(connection)


class OtherServer:
    """A connection to a server of another version: it answers every question with its version number."""

    def __init__(self, number: int) -> None:
        self.number = number

    async def execute(self, statement: Any) -> "OtherServer":
        return self

    def scalar_one(self) -> str:
        return str(self.number)


@pytest.mark.parametrize(("number", "major"), [(140_019, "14"), (190_000, "19")])
async def test_a_server_that_was_not_tested_is_refused(number: int, major: str) -> None:
    with pytest.raises(database_checks.ServerVersionUnsupported, match=f"PostgreSQL {major}"):
        await database_checks.check_server_version(cast(AsyncConnection, OtherServer(number)))


@pytest.mark.parametrize("number", [150_000, 180_006])
async def test_a_server_that_was_tested_is_taken(number: int) -> None:
    await database_checks.check_server_version(cast(AsyncConnection, OtherServer(number)))


@pytest.mark.parametrize("name", ["", "Registry", "registry; DROP", "乡桥"])
def test_a_name_that_is_no_identifier_makes_no_layout(name: str) -> None:
    with pytest.raises(ValueError, match="service name"):
        database_roles.name_layout(name)


def test_a_literal_keeps_its_quotes(postgres: EmbeddedPostgres) -> None:
    assert postgres.run_script(f"SELECT {database_roles.quote_literal(chr(39) + '; --')}") == "'; --"


def test_the_script_names_passwords_and_holds_none() -> None:
    script = database_roles.render_script(("registry",))
    assert r"\getenv registry_app_password REGISTRY_APP_PASSWORD" in script
    assert "PASSWORD :'registry_app_password';" in script


def test_the_script_stops_when_a_password_is_missing(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(StatementFailed, match="PASSWORD :'registry"):
        postgres.run_script(database_roles.render_script(("registry",)))
