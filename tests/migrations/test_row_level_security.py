"""Every table is named in docs/row-level-security.md, and the databases have the policies that stand there."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.database_roles import LEAKPROOF
from shared.db import Infrastructure
from shared.testing import Postgres

SERVICES = ("registry", "projects", "matching")
DOCUMENT = Path("docs/row-level-security.md").read_text(encoding="utf-8")
ON_EVERY_ONE = {"owner", "whole_platform"}


def section(title: str) -> list[list[str]]:
    """Return the cells of a section's table, without its head."""
    part = DOCUMENT.split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| `")]
    assert rows, title
    return rows


def documented(service: str) -> dict[str, set[str]]:
    rows = section(service) + section("In every service")
    return {re.findall(r"`(\w+)`", row[0])[0]: set(re.findall(r"`(\w+)`", row[1])) for row in rows}


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_is_documented_as_guarded_or_as_open(service: str) -> None:
    metadata = (*import_module(f"services.{service}.models").metadata, Infrastructure.metadata)
    tables = {name for one in metadata for name in one.tables}
    left_open = {name for row in section("Tables without policies") for name in re.findall(r"`(\w+)`", row[0])}
    guarded = documented(service).keys()
    assert tables - left_open == guarded
    assert not left_open & guarded


@pytest.mark.parametrize("service", SERVICES)
async def test_the_database_has_the_policies_of_the_document(postgres: Postgres, service: str) -> None:
    engine = create_async_engine(postgres.migrated(service).owner_dsn)
    async with engine.connect() as connection:
        policies: dict[str, set[str]] = {}
        for table, policy in (await connection.execute(text("select tablename, policyname from pg_policies"))).all():
            policies.setdefault(table, set()).add(policy)
        forced = text("select relname from pg_class where relrowsecurity and relforcerowsecurity")
        guarded = set((await connection.execute(forced)).scalars())
    await engine.dispose()
    assert policies == {table: names | ON_EVERY_ONE for table, names in documented(service).items()}
    assert guarded == policies.keys()


@pytest.mark.parametrize("service", SERVICES)
async def test_functions_fix_their_search_path_and_only_one_runs_as_the_owner(postgres: Postgres, service: str) -> None:
    ours = text(
        "select proname, prosecdef, proconfig from pg_proc join pg_roles r on r.oid = proowner"
        " where r.rolname = :owner and proname not like 'fn_pgqueuer%'"
    )
    engine = create_async_engine(postgres.migrated(service).owner_dsn)
    async with engine.connect() as connection:
        functions = (await connection.execute(ours, {"owner": f"{service}_owner"})).all()
    await engine.dispose()
    assert len(functions) >= 7
    assert {tuple(one.proconfig or ()) for one in functions} == {("search_path=pg_catalog",)}
    assert {one.proname for one in functions if one.prosecdef} == (
        {"partners_in_sight"} if service == "registry" else set()
    )


@pytest.mark.parametrize("service", SERVICES)
async def test_the_operators_of_searches_may_use_their_indexes(postgres: Postgres, service: str) -> None:
    engine = create_async_engine(postgres.migrated(service).owner_dsn)
    async with engine.connect() as connection:
        for function in LEAKPROOF:
            found = text("select proleakproof from pg_proc where oid = to_regprocedure(:function)")
            assert (await connection.execute(found, {"function": function})).scalar_one(), function
    await engine.dispose()
