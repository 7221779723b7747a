"""projects's application on a real database: in savepoints (``app``) or with real commits (``live_app``)."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.projects.main import create_app
from services.projects.settings import Settings
from shared.db import Database
from shared.settings import CommonSettings
from shared.testing import Call, Postgres, SavepointDatabase, TestIssuer, caller_of
from tests.projects.library import DIVISIONS, Library, mirror_divisions, mirror_organization


@pytest.fixture(scope="session")
def bare_app(common: CommonSettings, issuer: TestIssuer) -> FastAPI:
    # One for the run, for building the routes takes longer than most tests; each test gives it a database.
    settings = Settings(database_url=SecretStr("postgresql+asyncpg://unused"), client_secret=SecretStr("unused"))
    return create_app(settings, common, verifier=issuer.verifier())


@pytest.fixture
async def database(postgres: Postgres) -> AsyncIterator[SavepointDatabase]:
    async with postgres.savepoints("projects") as database:
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
    async with postgres.clone("projects") as access:
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


@pytest.fixture
async def library(database: SavepointDatabase, call: Call) -> Library:
    return await open_library(database, call)


@pytest.fixture
async def live_library(live_database: Database, live_call: Call) -> Library:
    return await open_library(live_database, live_call)


async def open_library(database: Database, call: Call) -> Library:
    organization_id = uuid4()
    await mirror_divisions(database, DIVISIONS)
    await mirror_organization(database, organization_id)
    return Library(call, organization_id)
