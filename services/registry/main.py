"""The composition root of registry: its API."""

from uuid import UUID

from fastapi import FastAPI

from services.registry.api_clients import routes as api_clients
from services.registry.contacts import routes as contacts
from services.registry.credit import routes as credit
from services.registry.divisions import routes as divisions
from services.registry.divisions.repository import DivisionRepository
from services.registry.grants import routes as grants
from services.registry.imports import routes as imports
from services.registry.organizations import routes as organizations
from services.registry.organizations.repository import OrganizationRepository
from services.registry.permissions import PERMISSIONS
from services.registry.portals import routes as portals
from services.registry.qualifications import routes as qualifications
from services.registry.remote.portals import open_portals
from services.registry.settings import Settings
from services.registry.tokens import actions as token_actions
from services.registry.tokens import routes as tokens
from shared import clock
from shared.app import build_app
from shared.audit.keys import with_audit_key
from shared.auth.issuers import ALGORITHM, AUDIENCE, TrustedIssuer, configured_issuers
from shared.auth.revocations import Revocations
from shared.auth.tokens import TokenVerifier
from shared.contracts.registry import DIVISION_CHANGED, ORGANIZATION_CHANGED, RevocationList
from shared.db import Database, Session
from shared.feed import Aggregate
from shared.feed.routes import feed_router
from shared.settings import CommonSettings, load

PREFIX = "/registry/v1"


async def _division_snapshots(session: Session, after: UUID | None, limit: int) -> list[Aggregate]:
    return [*await DivisionRepository(session).list_after(after, limit)]


async def _organization_snapshots(session: Session, after: UUID | None, limit: int) -> list[Aggregate]:
    return [*await OrganizationRepository(session).list_after(after, limit)]


def create_app(
    settings: Settings | None = None,
    common: CommonSettings | None = None,
    *,
    database: Database | None = None,
    verifier: TokenVerifier | None = None,
) -> FastAPI:
    """
    Build the API of registry; without arguments the settings come from the environment.

    :raises MissingSettings: if a required setting is missing
    """
    settings, common = settings or load(Settings), common or load(CommonSettings)
    database = database or Database(
        settings.database_url.get_secret_value(),
        name="registry-api",
        pool_size=settings.pool_size,
        statement_timeout_ms=settings.statement_timeout_ms,
        info=with_audit_key(common),
    )
    sealer = common.sealer()

    async def own_keys() -> dict[str, object]:
        async with database.transaction() as session:
            return await token_actions.read_keys(session, sealer=sealer, at=clock.now())

    async def own_revocations() -> RevocationList:
        async with database.transaction() as session:
            return await token_actions.read_revocations(session, at=clock.now())

    issuers = [TrustedIssuer(common.issuer, AUDIENCE, [ALGORITHM], own_keys), *configured_issuers(common)]
    app = build_app(
        service="registry",
        title="乡桥 registry 登记",
        description="行政区划、社会组织、资质、监督与信用、接口客户端与令牌。"
        " Divisions, organizations, qualifications, supervision and credit, API clients and tokens.",
        routers=[
            tokens.router,
            api_clients.router,
            grants.router,
            divisions.router,
            organizations.router,
            contacts.router,
            qualifications.router,
            credit.router,
            imports.router,
            portals.router,
            feed_router(PREFIX, {DIVISION_CHANGED: _division_snapshots, ORGANIZATION_CHANGED: _organization_snapshots}),
        ],
        common=common,
        database=database,
        verifier=verifier or TokenVerifier(issuers, Revocations(own_revocations)),
        permissions=PERMISSIONS,
    )
    app.state.settings = settings
    app.state.sealer = sealer
    app.state.portals = open_portals(settings.portals)
    return app
