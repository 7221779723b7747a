"""The worker of projects: it reads its neighbours' feeds, carries out jobs and tidies up."""

import asyncio
from datetime import timedelta
from functools import partial

from services.projects.closings.actions import expire_demands, expire_supplies
from services.projects.contacts.actions import forget_contacts
from services.projects.divisions.consumers import apply_divisions, forget_divisions
from services.projects.imports.consumers import import_handlers, import_limits
from services.projects.organizations.consumers import apply_organizations, forget_organizations
from services.projects.settings import Settings
from shared import clock
from shared.audit.chain import append_links
from shared.audit.keys import AuditKey, with_audit_key
from shared.contracts.registry import DIVISION_CHANGED, ORGANIZATION_CHANGED
from shared.db import Database
from shared.feed.consumer import FeedConsumer
from shared.feed.reading import trim_feed
from shared.feed.sequencer import assign_positions
from shared.http import ServiceClient, ServiceToken
from shared.idempotency import forget_old_answers
from shared.imports.actions import forget_imports
from shared.jobs import Handler, JobWorker, forget_jobs
from shared.logs import configure_logs
from shared.operations import forget_old_operations
from shared.settings import CommonSettings, load
from shared.worker import Loop, every, run_loops, stop_on_signals, until_none_is_left, worker_database

TIDY_SECONDS = 3600.0
EXPIRY_SECONDS = 300.0


def handlers(database: Database) -> dict[str, Handler]:
    """Return what each kind of job of projects does."""
    return {**import_handlers(database)}


def registry_reader(database: Database, registry: ServiceClient) -> FeedConsumer:
    """Return the reader of registry's feed: divisions and organizations."""
    return FeedConsumer(
        name="registry",
        database=database,
        client=registry,
        apply={DIVISION_CHANGED: apply_divisions, ORGANIZATION_CHANGED: apply_organizations},
        forget={DIVISION_CHANGED: forget_divisions, ORGANIZATION_CHANGED: forget_organizations},
    )


async def expire(database: Database) -> None:
    """Close the demands and supplies whose last day is over, some per transaction until none is left."""
    for close_some in (expire_demands, expire_supplies):
        await until_none_is_left(database, partial(close_some, today=clock.today(), at=clock.now()))


async def forget(database: Database, settings: Settings) -> None:
    """Apply the retention periods: forget what was finished longer ago than its setting says (docs/privacy.md)."""
    for forget_some, days in (
        (forget_imports, settings.import_days),
        (forget_old_operations, settings.operation_days),
        (forget_jobs, settings.job_days),
        (forget_contacts, settings.contact_days),
    ):
        before = clock.now() - timedelta(days=days)
        await until_none_is_left(database, partial(forget_some, before=before))


def loops(settings: Settings, common: CommonSettings, database: Database) -> dict[str, Loop]:
    """Return the loops of the worker of projects on its database."""
    audit_key = AuditKey(common.secret_key.get_secret_value())
    auth = ServiceToken(
        f"{common.registry_url}/v1/tokens", settings.client_id, settings.client_secret.get_secret_value()
    )
    registry = ServiceClient(common.registry_url, auth=auth)

    async def tidy() -> None:
        async with database.transaction() as session:
            await forget_old_answers(session, keep_days=settings.answer_days)
            await trim_feed(session, keep_days=settings.feed_days)
        await forget(database, settings)

    return {
        "projects jobs": JobWorker(database.url, handlers(database), limits=import_limits(database)).run,
        "projects sequencer": every(1.0, lambda: assign_positions(database)),
        "projects audit chain": every(1.0, lambda: append_links(database, audit_key)),
        "projects tidying": every(TIDY_SECONDS, tidy),
        "projects registry feed": registry_reader(database, registry).run,
        "projects expiry": every(EXPIRY_SECONDS, lambda: expire(database)),
    }


async def main() -> None:
    """Work until SIGTERM or SIGINT."""
    settings, common = load(Settings), load(CommonSettings)
    configure_logs("projects-worker", common.log_level)
    async with worker_database(settings, "projects-worker", info=with_audit_key(common)) as database:
        await run_loops(loops(settings, common, database), stop_on_signals())


if __name__ == "__main__":
    asyncio.run(main())
