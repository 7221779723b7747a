"""matching's application on a real database: in savepoints (``app``) or with real commits (``live_app``)."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.matching.main import create_app
from services.matching.settings import Settings
from shared.clock import AS_OF
from shared.db import Database
from shared.settings import CommonSettings
from shared.testing import Call, Postgres, SavepointDatabase, TestIssuer, caller_of
from tests.matching.market import make_scorer


@pytest.fixture(scope="session")
def bare_app(common: CommonSettings, issuer: TestIssuer) -> FastAPI:
    # One for the run, for building the routes takes longer than most tests; each test gives it a database.
    settings = Settings(database_url=SecretStr("postgresql+asyncpg://unused"), client_secret=SecretStr("unused"))
    return create_app(settings, common, verifier=issuer.verifier(), scorer=make_scorer())


@pytest.fixture
def legal_day(monkeypatch: pytest.MonkeyPatch) -> date:
    monkeypatch.setenv(AS_OF, "2026-11-22")
    return date(2026, 11, 22)


@pytest.fixture
async def database(postgres: Postgres) -> AsyncIterator[SavepointDatabase]:
    async with postgres.savepoints("matching") as database:
        yield database


@pytest.fixture
def app(bare_app: FastAPI, database: SavepointDatabase) -> FastAPI:
    bare_app.state.database = database
    return bare_app


@pytest.fixture
def call(app: FastAPI, issuer: TestIssuer) -> Call:
    return caller_of(app, issuer)


@pytest.fixture
async def live_database(postgres: Postgres) -> AsyncIterator[Database]:
    async with postgres.clone("matching") as access:
        database = Database(access.app_dsn, name="test")
        yield database
        await database.close()


@pytest.fixture
def live_app(bare_app: FastAPI, live_database: Database) -> FastAPI:
    bare_app.state.database = live_database
    return bare_app


@pytest.fixture
def live_call(live_app: FastAPI, issuer: TestIssuer) -> Call:
    return caller_of(live_app, issuer)
