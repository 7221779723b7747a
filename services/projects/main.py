"""The composition root of projects: its API."""

from fastapi import FastAPI

from services.projects.permissions import PERMISSIONS
from services.projects.settings import Settings
from shared.app import build_app
from shared.auth.tokens import TokenVerifier, believed_issuers
from shared.db import Database
from shared.feed.routes import feed_router
from shared.settings import CommonSettings, load

PREFIX = "/projects/v1"


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
    )
    app = build_app(
        service="projects",
        title="乡桥 projects",
        description="",
        routers=[feed_router(PREFIX, {})],
        common=common,
        database=database,
        verifier=verifier or TokenVerifier(believed_issuers(common)),
        permissions=PERMISSIONS,
    )
    app.state.settings = settings
    return app
