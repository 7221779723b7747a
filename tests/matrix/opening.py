"""The three services as the matrix asks them: in this process, on a real database, each answer undone at once."""

import importlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.operations import begin_operation
from shared.settings import CommonSettings
from shared.testing import SERVICES, Call, Postgres, SavepointDatabase, TestIssuer, caller_of, savepoints
from tests.fakes.contacts import FakeContacts
from tests.matching.market import make_scorer
from tests.matrix.callers import PROVINCE, make_tokens, subject
from tests.matrix.objects import matching, projects, registry
from tests.matrix.rules import KNOWN, Scope

MAKERS: Mapping[str, ModuleType] = {"registry": registry, "projects": projects, "matching": matching}
EVERYWHERE = {"slug": "not-allowed", "name": "role"}


@dataclass
class Opened:
    """A service that can be asked, its objects, and the tokens of its callers."""

    service: str
    app: FastAPI
    connection: AsyncConnection
    client: httpx.AsyncClient
    objects: dict[str, Any]
    versions: dict[str, str]
    tokens: dict[tuple[Role, Scope], str]
    secrets: Mapping[str, str]
    organizations: Mapping[Scope, UUID]

    @property
    def routes(self) -> dict[str, dict[str, Any]]:
        """The operations of the OpenAPI document, by method and path."""
        paths: dict[str, dict[str, Any]] = self.app.openapi()["paths"]
        return {f"{method.upper()} {path}": one for path, found in paths.items() for method, one in found.items()}

    async def ask(self, request: httpx.Request) -> httpx.Response:
        """Send a request and undo whatever it did."""
        savepoint = await self.connection.begin_nested()
        try:
            return await self.client.send(request)
        finally:
            await savepoint.rollback()


def build(service: str, issuer: TestIssuer, common: CommonSettings) -> FastAPI:
    """Return a service's application, not yet on a database."""
    kind = importlib.import_module(f"services.{service}.settings").Settings
    settings = kind(
        database_url=SecretStr("postgresql+asyncpg://unused"), client_id=service, client_secret=SecretStr("unused")
    )
    scorer = {"scorer": make_scorer()} if service == "matching" else {}
    # So many are asked as nobody in a minute that the limit would answer them.
    common = common.model_copy(update={"requests_per_address": 0, "requests_per_client": 0})
    app: FastAPI = importlib.import_module(f"services.{service}.main").create_app(
        settings, common, verifier=issuer.verifier(), **scorer
    )
    if service == "matching":
        # Mail could be sent.
        app.state.settings.smtp_host = "mail.test"
        # Its neighbours keep a contact of everything.
        contact = {"person": matching.SECRETS["contact"], "phone": "19900000093"}
        app.state.contact_owners = FakeContacts(of_all=contact).client()
    return app


@asynccontextmanager
async def open_service(
    service: str, postgres: Postgres, issuer: TestIssuer, common: CommonSettings
) -> AsyncIterator[Opened]:
    """Give a service with its objects made, in a transaction that is rolled back at the end."""
    app = build(service, issuer, common)
    async with postgres.clone(service) as access, savepoints(access) as database:
        app.state.database = database
        call = caller_of(app, issuer)
        organizations = {scope: uuid4() for scope in KNOWN}
        if service == "registry":
            objects = await registry.make_objects(database, call)
            organizations = {scope: objects[scope.name.lower()] for scope in KNOWN}
        else:
            objects = await MAKERS[service].make_objects(database, call, organizations)
        objects |= EVERYWHERE | {"operation_id": await _begin_operations(database)}
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://matrix.test") as client:
            yield Opened(
                service=service,
                app=app,
                connection=database.connection,
                client=client,
                objects=objects,
                versions=await _read_versions(service, call, objects),
                tokens=make_tokens(issuer, organizations),
                secrets=MAKERS[service].SECRETS,
                organizations=organizations,
            )
        if hasattr(app.state, "scorer"):
            app.state.scorer.close()


@asynccontextmanager
async def open_all(postgres: Postgres, issuer: TestIssuer, common: CommonSettings) -> AsyncIterator[dict[str, Opened]]:
    """Give the three services."""
    registry_, projects_, matching_ = (open_service(service, postgres, issuer, common) for service in SERVICES)
    async with registry_ as first, projects_ as second, matching_ as third:
        yield dict(zip(SERVICES, (first, second, third), strict=True))


async def _begin_operations(database: SavepointDatabase) -> dict[Role, str]:
    """Begin an operation in the name of every role, also of those that never begin one."""
    async with database.transaction() as session:
        return {
            role: str((await begin_operation(session, kind="matrix", by=Principal(subject(role, Scope.OWN), role))).id)
            for role in Role
        }


async def _read_versions(service: str, call: Call, objects: Mapping[str, Any]) -> dict[str, str]:
    """Return the ETag of every object that is read one by one, and of those whose maker tells it."""
    province, found = call(Role.PROVINCIAL_OFFICER, division=PROVINCE), dict(objects.get("etags", {}))
    for name, value in objects.items():
        if isinstance(value, str):
            answer = await province.get(f"{MAKERS[service].where(name)}/{value}")
            if answer.is_success and "etag" in answer.headers:
                found[name] = answer.headers["etag"]
    return found
