"""The composition root of matching: its API."""

from fastapi import FastAPI

from services.matching.permissions import PERMISSIONS
from services.matching.settings import Settings
from shared.app import build_app
from shared.auth.tokens import TokenVerifier, believed_issuers
from shared.db import Database
from shared.feed.routes import feed_router
from shared.settings import CommonSettings, load

PREFIX = "/matching/v1"


def create_app(
    settings: Settings | None = None,
    common: CommonSettings | None = None,
    *,
    database: Database | None = None,
    verifier: TokenVerifier | None = None,
) -> FastAPI:
    """
    Build the API of matching; without arguments the settings come from the environment.

    :raises MissingSettings: if a required setting is missing
    """
    settings, common = settings or load(Settings), common or load(CommonSettings)
    database = database or Database(
        settings.database_url.get_secret_value(),
        name="matching-api",
        pool_size=settings.pool_size,
        statement_timeout_ms=settings.statement_timeout_ms,
    )
    app = build_app(
        service="matching",
        title="乡桥 matching",
        description="",
        routers=[feed_router(PREFIX, {})],
        common=common,
        database=database,
        verifier=verifier or TokenVerifier(believed_issuers(common)),
        permissions=PERMISSIONS,
    )
    app.state.settings = settings
    return app
