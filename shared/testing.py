"""The pytest plugin: a real PostgreSQL, migrated databases, sessions in savepoints or with real commits, callers."""

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import OKPKey
from pydantic import SecretStr
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from starlette.requests import Request

from shared import clock
from shared.audit.keys import AUDIT_KEY, AuditKey
from shared.auth.issuers import TrustedIssuer
from shared.auth.principals import Principal
from shared.auth.tokens import TokenVerifier
from shared.contracts.codes import Role
from shared.db import Database, new_id
from shared.embedded_postgres import DatabaseAccess, EmbeddedPostgres
from shared.migrations import upgrade
from shared.settings import CommonSettings

SERVICES = ("registry", "projects", "matching")
ISSUER = "https://issuer.test"
SECRET_KEY = "a secret key for tests, 32 characters or more"  # noqa: S105  # pragma: allowlist secret


class SavepointDatabase(Database):
    """A database whose transactions are savepoints within one that is rolled back after the test."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.engine = connection.engine
        self.info = {AUDIT_KEY: AuditKey(SECRET_KEY)}
        self.connection = connection

    def session(self, **info: Any) -> AsyncSession:
        """Return a session on the test's one connection, whose transaction is a savepoint."""
        return AsyncSession(
            self.connection,
            join_transaction_mode="create_savepoint",
            expire_on_commit=False,
            info={**self.info, **info},
        )

    async def is_ready(self) -> bool:
        """Tell that the test's connection is there."""
        return not self.connection.closed

    async def close(self) -> None:
        """Leave the connection to the fixture."""


class Postgres:
    """The test run's server; each service's database is migrated once and cloned where commits are real."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server = server
        self._migrated: dict[str, DatabaseAccess] = {}
        self._lasting: dict[str, Database] = {}
        self._clones = 0

    def migrated(self, service: str) -> DatabaseAccess:
        """Return the service's migrated database, in which tests must not commit."""
        if service not in self._migrated:
            access = self.server.ensure_databases([service])[service]
            with ThreadPoolExecutor(1) as thread:  # alembic wants an event loop of its own
                thread.submit(upgrade, Path("services") / service / "migrations", access.owner_dsn).result()
            self._migrated[service] = access
        return self._migrated[service]

    @asynccontextmanager
    async def clone(self, service: str) -> AsyncIterator[DatabaseAccess]:
        """Give a database of the test's own, in which commits are real, and drop it afterwards."""
        self.migrated(service)
        self._clones += 1
        access = self.server.clone_database(service, f"clone_{self._clones}")
        try:
            yield access
        finally:
            self.server.drop_database(access.database)

    @asynccontextmanager
    async def savepoints(self, service: str) -> AsyncIterator[SavepointDatabase]:
        """
        Begin a transaction that is rolled back at the end, on a copy of the service's database.

        Its connection lasts as long as the run: it takes longer to open one, and to prepare every statement on it, than
        most tests take.
        """
        if service not in self._lasting:
            self.migrated(service)
            self._lasting[service] = _open(self.server.clone_database(service, f"{service}_savepoints"))
        async with _rolled_back(self._lasting[service]) as database:
            yield database

    async def close(self) -> None:
        """Close the connections that lasted."""
        for database in self._lasting.values():
            await database.close()


@dataclass
class TestIssuer:
    """An issuer of access tokens whose key the tests hold."""

    __test__ = False
    issuer_name: str = ISSUER
    key: OKPKey = field(default_factory=lambda: OKPKey.generate_key("Ed25519", {"kid": "test", "alg": "Ed25519"}))

    def verifier(self) -> TokenVerifier:
        """Return a verifier that believes this issuer alone."""

        async def keys() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        return TokenVerifier([TrustedIssuer(ISSUER, "xiangqiao", ["Ed25519"], keys)])

    def token(self, role: Role, *, lives: int = 600, **claims: Any) -> str:
        """Return a token for a role; further claims are ``sub``, ``division`` and ``organization_id``."""
        now = int(clock.now().timestamp())
        body = {
            "iss": self.issuer_name,
            "aud": "xiangqiao",
            "sub": f"test-{role.value}",
            "iat": now,
            "nbf": now,
            "exp": now + lives,
        }
        given = {
            name: value if isinstance(value, dict | int) else str(value)
            for name, value in claims.items()
            if value is not None
        }
        return jwt.encode(
            {"alg": "Ed25519", "kid": "test"}, {**body, "role": role.value, **given}, self.key, algorithms=["Ed25519"]
        )


def granted(
    *scopes: str, application: str = "an-application", grant_id: UUID | None = None, lives: int = 3600
) -> dict[str, Any]:
    """Return the claims by which a token lets an application act for its subject."""
    ends = int(clock.now().timestamp()) + lives
    acting = {"act": {"sub": application}, "scope": " ".join(scopes)}
    return acting | {"grant_id": grant_id or new_id(), "grant_ends": ends}


class Caller:
    """An HTTP caller of one application in a role; creating requests carry a fresh Idempotency-Key."""

    def __init__(self, app: FastAPI, token: str | None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request."""
        headers = dict(options.pop("headers", {}))
        if method == "POST":
            headers.setdefault("Idempotency-Key", str(new_id()))
        return await self._client.request(method, path, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """Read."""
        return await self.request("GET", path, **options)

    async def post(self, path: str, **options: Any) -> httpx.Response:
        """Create, or change a state."""
        return await self.request("POST", path, **options)

    async def put(self, path: str, **options: Any) -> httpx.Response:
        """Create or replace under a natural key."""
        return await self.request("PUT", path, **options)

    async def patch(self, path: str, **options: Any) -> httpx.Response:
        """Change some fields."""
        return await self.request("PATCH", path, **options)

    async def delete(self, path: str, **options: Any) -> httpx.Response:
        """Delete."""
        return await self.request("DELETE", path, **options)


Call = Callable[..., Caller]
"""Makes a caller: ``call(Role.RURAL_OFFICER, division="510000000000")``; ``call(None)`` has no token;
``grant=granted("pairings.read")`` makes it an application that acts for the role."""


@asynccontextmanager
async def transaction_of(database: Database, principal: Principal | None) -> AsyncIterator[AsyncSession]:
    """Open the transaction of a caller's request, or of one without a caller."""
    request = Request({"type": "http", "state": {"principal": principal}})
    async with database.transaction(request=request) as session:
        yield session


def caller_of(app: FastAPI, issuer: TestIssuer) -> Call:
    """Return a maker of callers of an application."""

    def call(
        role: Role | None,
        *,
        division: str | None = None,
        organization_id: UUID | None = None,
        sub: str | None = None,
        grant: dict[str, Any] | None = None,
    ) -> Caller:
        if role is None:
            return Caller(app, None)
        named: dict[str, Any] = {
            "division": division,
            "organization_id": organization_id,
            "sub": sub or f"test-{role.value}",
        }
        return Caller(app, issuer.token(role, **named, **(grant or {})))

    return call


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """Give the run a PostgreSQL server of its own, gone at the end however the run ends."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False, stop_with_parent=True)
    server.start()
    try:
        started = Postgres(server)
        yield started
        await started.close()
    finally:
        server.remove()


@pytest.fixture(scope="session")
def issuer() -> TestIssuer:
    """Give the run an issuer of tokens."""
    return TestIssuer()


@pytest.fixture(scope="session")
def common() -> CommonSettings:
    """Give the run the settings common to all services."""
    return CommonSettings(secret_key=SecretStr(SECRET_KEY), issuer=ISSUER)


@asynccontextmanager
async def savepoints(access: DatabaseAccess) -> AsyncIterator[SavepointDatabase]:
    """Open a connection of the app role with a transaction that is rolled back at the end."""
    database = _open(access)
    try:
        async with _rolled_back(database) as opened:
            yield opened
    finally:
        await database.close()


def _open(access: DatabaseAccess) -> Database:
    database = Database(f"{access.app_dsn}?prepared_statement_cache_size=1000", name="test", pool_size=1)
    dialect = database.engine.sync_engine.dialect
    # SQLAlchemy would prepare each statement, whose name is new each time, and let what is rolled back stand open.
    statements = {
        "do_savepoint": "savepoint {0}",
        "do_rollback_to_savepoint": "rollback to savepoint {0}; release savepoint {0}",
        "do_release_savepoint": "release savepoint {0}",
    }
    for name, statement in statements.items():
        setattr(dialect, name, partial(_send, statement))
    return database


def _send(statement: str, connection: Connection, savepoint: str) -> None:
    raw: Any = connection.connection.dbapi_connection
    raw.run_async(lambda driver: driver.execute(statement.format(savepoint)))


@asynccontextmanager
async def _rolled_back(database: Database) -> AsyncIterator[SavepointDatabase]:
    async with database.engine.connect() as connection:
        outer = await connection.begin()
        await connection.execute(text("select"))  # only a first statement begins the transaction
        try:
            yield SavepointDatabase(connection)
        finally:
            await outer.rollback()
