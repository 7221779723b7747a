"""The composition root of projects: its API."""

from uuid import UUID

from fastapi import FastAPI

from services.projects.closings import routes as closings
from services.projects.commitments import routes as commitments
from services.projects.commitments.repository import CommitmentRepository
from services.projects.contacts import routes as contacts
from services.projects.demands import routes as demands
from services.projects.demands.repository import DemandRepository
from services.projects.imports import routes as imports
from services.projects.permissions import PERMISSIONS
from services.projects.public_feed import routes as public_feed
from services.projects.reviews import routes as reviews
from services.projects.settings import Settings
from services.projects.supplies import routes as supplies
from services.projects.supplies.repository import SupplyRepository
from shared.app import build_app
from shared.audit.keys import with_audit_key
from shared.auth.issuers import believed_issuers
from shared.auth.revocations import Revocations, read_over_http
from shared.auth.tokens import TokenVerifier
from shared.contracts.projects import COMMITMENT_CHANGED, DEMAND_CHANGED, SUPPLY_CHANGED
from shared.db import Database, Session
from shared.feed import Aggregate
from shared.feed.routes import feed_router
from shared.http import ServiceClient, ServiceToken
from shared.settings import CommonSettings, load

PREFIX = "/projects/v1"


async def _demand_snapshots(session: Session, after: UUID | None, limit: int) -> list[Aggregate]:
    return [*await DemandRepository(session).list_announced_after(after, limit)]


async def _supply_snapshots(session: Session, after: UUID | None, limit: int) -> list[Aggregate]:
    return [*await SupplyRepository(session).list_announced_after(after, limit)]


async def _commitment_snapshots(session: Session, after: UUID | None, limit: int) -> list[Aggregate]:
    return [*await CommitmentRepository(session).list_after(after, limit)]


SNAPSHOTS = {
    DEMAND_CHANGED: _demand_snapshots,
    SUPPLY_CHANGED: _supply_snapshots,
    COMMITMENT_CHANGED: _commitment_snapshots,
}


def create_app(
    settings: Settings | None = None,
    common: CommonSettings | None = None,
    *,
    database: Database | None = None,
    verifier: TokenVerifier | None = None,
) -> FastAPI:
    """
    Build the API of projects; without arguments the settings come from the environment.

    :raises MissingSettings: if a required setting is missing
    """
    settings, common = settings or load(Settings), common or load(CommonSettings)
    database = database or Database(
        settings.database_url.get_secret_value(),
        name="projects-api",
        pool_size=settings.pool_size,
        statement_timeout_ms=settings.statement_timeout_ms,
        info=with_audit_key(common),
    )
    registry = ServiceClient(
        common.registry_url,
        auth=ServiceToken(
            f"{common.registry_url}/v1/tokens", settings.client_id, settings.client_secret.get_secret_value()
        ),
    )
    app = build_app(
        service="projects",
        title="乡桥 projects 项目",
        description="需求项目库、供给项目库、审核、导入与占用。"
        " The libraries of demands and supplies, reviews, imports and commitments.",
        routers=[
            demands.router,
            contacts.router,
            supplies.router,
            reviews.router,
            commitments.router,
            closings.router,
            imports.router,
            feed_router(PREFIX, SNAPSHOTS),
            public_feed.router,
        ],
        common=common,
        database=database,
        verifier=verifier or TokenVerifier(believed_issuers(common), Revocations(read_over_http(registry.get))),
        permissions=PERMISSIONS,
    )
    app.state.settings = settings
    app.state.sealer = common.sealer()
    return app
