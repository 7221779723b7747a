"""registry's application on a real database: in savepoints (``app``) or with real commits (``live_app``)."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.registry.main import create_app
from services.registry.settings import Settings
from shared.db import Database
from shared.settings import CommonSettings
from shared.testing import Call, Postgres, SavepointDatabase, TestIssuer, caller_of, savepoints
from tests.registry.records import MIANYANG, NATIONAL, SANTAI, SICHUAN, ZHAOJUE, ZHEJIANG, add_divisions


def build(database: Database, common: CommonSettings, issuer: TestIssuer) -> FastAPI:
    settings = Settings(database_url=SecretStr("unused"))
    return create_app(settings, common, database=database, verifier=issuer.verifier())


@pytest.fixture
async def database(postgres: Postgres) -> AsyncIterator[SavepointDatabase]:
    async with savepoints(postgres.migrated("registry")) as database:
        yield database


@pytest.fixture
def app(database: SavepointDatabase, common: CommonSettings, issuer: TestIssuer) -> FastAPI:
    return build(database, common, issuer)


@pytest.fixture
def call(app: FastAPI, issuer: TestIssuer) -> Call:
    return caller_of(app, issuer)


@pytest.fixture
async def live_database(postgres: Postgres) -> AsyncIterator[Database]:
    async with postgres.clone("registry") as access:
        database = Database(access.app_dsn, name="test")
        yield database
        await database.close()


@pytest.fixture
def live_app(live_database: Database, common: CommonSettings, issuer: TestIssuer) -> FastAPI:
    return build(live_database, common, issuer)


@pytest.fixture
def live_call(live_app: FastAPI, issuer: TestIssuer) -> Call:
    return caller_of(live_app, issuer)


@pytest.fixture
async def places(database: SavepointDatabase) -> None:
    await add_divisions(database, NATIONAL, SICHUAN, MIANYANG, SANTAI, ZHAOJUE, ZHEJIANG)
