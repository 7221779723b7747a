"""A reader with a database of its own, and consumers that read the tiny service's feed over HTTP."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from shared.contracts.codes import Role
from shared.db import Database
from shared.embedded_postgres import DatabaseAccess
from shared.feed.consumer import FeedConsumer
from shared.http import ServiceClient
from shared.testing import Postgres, TestIssuer
from tests.shared.conftest import prepare
from tests.shared.feed.things import apply, forget
from tests.shared.tiny_app import THING_CHANGED

Consume = Callable[..., FeedConsumer]


@pytest.fixture(scope="session")
async def reader_access(postgres: Postgres) -> DatabaseAccess:
    access = postgres.server.ensure_databases(["reader"])["reader"]
    await prepare(access)
    return access


@pytest.fixture
async def mirror_database(reader_access: DatabaseAccess) -> AsyncIterator[Database]:
    database = Database(reader_access.app_dsn, name="reader")
    async with database.transaction() as session:
        for table in ("mirrored_things", "applied_events", "feed_cursors"):
            await session.execute(text(f"delete from {table}"))  # noqa: S608
    yield database
    await database.close()


class Interrupted(httpx.AsyncBaseTransport):
    """The way to the neighbour, on which every n-th answer is lost."""

    def __init__(self, app: FastAPI, lose_every: int = 0) -> None:
        self._inner = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._lose_every = lose_every
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        response = await self._inner.handle_async_request(request)
        if self._lose_every and self.requests % self._lose_every == 0:
            raise httpx.ReadError("lost")
        return response


class Bearer(httpx.Auth):
    """A fixed token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


@pytest.fixture
def consume(tiny_app: FastAPI, mirror_database: Database, issuer: TestIssuer) -> Consume:
    def build(*, lose_every: int = 0, apply: Any = apply) -> FeedConsumer:
        transport = Interrupted(tiny_app, lose_every)
        auth = Bearer(issuer.token(Role.SERVICE))
        return FeedConsumer(
            name="tiny",
            database=mirror_database,
            client=ServiceClient("http://tiny.test/tiny", auth=auth, transport=transport),
            apply={THING_CHANGED: apply},
            forget={THING_CHANGED: forget},
        )

    return build
