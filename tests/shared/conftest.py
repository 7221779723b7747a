"""The tiny service on a database of its own, with real commits; every test finds it empty."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

from shared.audit.keys import AUDIT_KEY, AuditKey
from shared.db import Database
from shared.embedded_postgres import DatabaseAccess
from shared.migrations import run_script
from shared.settings import CommonSettings
from shared.testing import SECRET_KEY, Call, Postgres, TestIssuer, caller_of
from tests.shared.tiny_app import Base, build_tiny

EMPTY = """
    truncate audit_entries, audit_pending, audit_chain, audit_anchors;
    truncate things, feed_events, feed_cursors, idempotency_keys, operations, pgqueuer, pgqueuer_log restart identity;
    update feed_state set last_pos = 0, trimmed_pos = 0, epoch = 'e1'
"""


async def prepare(access: DatabaseAccess) -> None:
    """Make the tables of the library and of the tiny service, as the owner role."""
    engine = create_async_engine(access.owner_dsn)
    async with engine.begin() as connection:
        await connection.run_sync(run_script, "infrastructure_r1.sql")
        await connection.run_sync(run_script, "row_level_security_r1.sql")
        await connection.run_sync(run_script, "audit_r1.sql")
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()


@pytest.fixture(scope="session")
async def tiny_access(postgres: Postgres) -> DatabaseAccess:
    access = postgres.server.ensure_databases(["tiny"])["tiny"]
    await prepare(access)
    return access


@pytest.fixture(scope="session")
async def emptier(tiny_access: DatabaseAccess) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(tiny_access.owner_dsn.replace("+asyncpg", ""))
    yield connection
    await connection.close()


@pytest.fixture
async def tiny(tiny_access: DatabaseAccess, emptier: asyncpg.Connection) -> AsyncIterator[Database]:
    await emptier.execute(EMPTY)
    database = Database(tiny_access.app_dsn, name="test", pool_size=20, info={AUDIT_KEY: AuditKey(SECRET_KEY)})
    yield database
    await database.close()


@pytest.fixture
def tiny_app(tiny: Database, common: CommonSettings, issuer: TestIssuer) -> FastAPI:
    return build_tiny(tiny, common, issuer.verifier())


@pytest.fixture
def tiny_call(tiny_app: FastAPI, issuer: TestIssuer) -> Call:
    return caller_of(tiny_app, issuer)
