"""The composition root of matching: its API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.matching.answer_links import routes as answer_links
from services.matching.calendars import routes as calendars
from services.matching.candidates import routes as candidates
from services.matching.candidates.actions.scorer import Scorer
from services.matching.candidates.consumers.following import MarketFollower
from services.matching.deliveries import routes as deliveries
from services.matching.digests import routes as digests
from services.matching.feeds import routes as feeds
from services.matching.funnel import routes as funnel
from services.matching.inbox import routes as inbox
from services.matching.judged_cases import routes as judged_cases
from services.matching.pairings import routes as pairings
from services.matching.permissions import PERMISSIONS
from services.matching.policies import routes as policies
from services.matching.ratings import routes as ratings
from services.matching.remote.contacts import ContactClient
from services.matching.runs import routes as runs
from services.matching.settings import Settings
from services.matching.simulations import routes as simulations
from services.matching.subscriptions import routes as subscriptions
from shared.app import build_app
from shared.audit.keys import with_audit_key
from shared.auth.issuers import believed_issuers
from shared.auth.revocations import Revocations, read_over_http
from shared.auth.tokens import TokenVerifier
from shared.db import Database
from shared.feed.routes import feed_router
from shared.http import ServiceClient, ServiceToken
from shared.settings import CommonSettings, load

PREFIX = "/matching/v1"


def create_app(
    settings: Settings | None = None,
    common: CommonSettings | None = None,
    *,
    database: Database | None = None,
    verifier: TokenVerifier | None = None,
    scorer: Scorer | None = None,
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
        info=with_audit_key(common),
    )
    scorer = scorer or Scorer()

    def open_database() -> Database:
        return Database(
            settings.database_url.get_secret_value(),
            name="matching-market",
            pool_size=2,
            statement_timeout_ms=settings.statement_timeout_ms,
            info=with_audit_key(common),
        )

    market = MarketFollower(open_database, scorer, engine_from=settings.engine_from)
    auth = ServiceToken(
        f"{common.registry_url}/v1/tokens", settings.client_id, settings.client_secret.get_secret_value()
    )
    registry = ServiceClient(common.registry_url, auth=auth)
    contact_owners = ContactClient(registry=registry, projects=ServiceClient(common.projects_url, auth=auth))

    @asynccontextmanager
    async def end_with_app(_app: FastAPI) -> AsyncIterator[None]:
        await market.start()
        try:
            yield
        finally:
            await market.close()
            scorer.close()
            await contact_owners.close()

    app = build_app(
        service="matching",
        title="乡桥 matching 匹配",
        description="匹配政策、候选与说明、批量匹配、对接与双方答复、订阅与推送。"
        " Policies, explained candidates, batch runs, pairings with two consents, subscriptions and deliveries.",
        routers=[
            policies.router,
            candidates.router,
            runs.router,
            simulations.router,
            pairings.router,
            ratings.router,
            funnel.router,
            inbox.router,
            digests.router,
            answer_links.router,
            calendars.router,
            judged_cases.router,
            subscriptions.router,
            deliveries.router,
            feeds.router,
            feed_router(PREFIX, {}),
        ],
        common=common,
        database=database,
        verifier=verifier or TokenVerifier(believed_issuers(common), Revocations(read_over_http(registry.get))),
        permissions=PERMISSIONS,
        lifespan=end_with_app,
    )
    app.state.scorer = scorer
    app.state.market = market
    app.state.contact_owners = contact_owners
    app.state.settings = settings
    app.state.sealer = common.sealer()
    return app
