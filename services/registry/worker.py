"""The worker of registry: it carries out jobs and tidies up."""

import asyncio
from datetime import timedelta
from functools import partial

from services.registry.contacts.actions import forget_contacts
from services.registry.imports.consumers import import_handlers, import_limits
from services.registry.qualifications.actions import expire_qualifications
from services.registry.settings import Settings
from services.registry.tokens.actions import rotate_signing_keys
from shared import clock
from shared.audit.chain import append_links
from shared.audit.keys import AuditKey, with_audit_key
from shared.db import Database
from shared.feed.reading import trim_feed
from shared.feed.sequencer import assign_positions
from shared.idempotency import forget_old_answers
from shared.imports.actions import forget_imports
from shared.jobs import Handler, JobWorker, forget_jobs
from shared.logs import configure_logs
from shared.operations import forget_old_operations
from shared.settings import CommonSettings, load
from shared.worker import Loop, every, run_loops, stop_on_signals, until_none_is_left, worker_database

TIDY_SECONDS = 3600.0


def handlers(database: Database) -> dict[str, Handler]:
    """Return what each kind of job of registry does."""
    return {**import_handlers(database)}


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
    """Return the loops of registry's worker on its database."""
    sealer = common.sealer()
    audit_key = AuditKey(common.secret_key.get_secret_value())

    async def tidy() -> None:
        async with database.transaction() as session:
            await forget_old_answers(session, keep_days=settings.answer_days)
            await trim_feed(session, keep_days=settings.feed_days)
        await forget(database, settings)

    async def expire() -> None:
        changed = 1
        while changed:
            async with database.transaction() as session:
                changed = await expire_qualifications(session, today=clock.today(), at=clock.now())

    async def rotate() -> None:
        async with database.transaction() as session:
            await rotate_signing_keys(
                session,
                sealer=sealer,
                longest_token=timedelta(seconds=settings.token_seconds),
                older_than=timedelta(days=settings.key_days),
                at=clock.now(),
            )

    return {
        "registry jobs": JobWorker(database.url, handlers(database), limits=import_limits(database)).run,
        "registry sequencer": every(1.0, lambda: assign_positions(database)),
        "registry audit chain": every(1.0, lambda: append_links(database, audit_key)),
        "registry expiry": every(TIDY_SECONDS, expire),
        "registry keys": every(TIDY_SECONDS, rotate),
        "registry tidying": every(TIDY_SECONDS, tidy),
    }


async def main() -> None:
    """Work until SIGTERM or SIGINT."""
    settings, common = load(Settings), load(CommonSettings)
    configure_logs("registry-worker", common.log_level)
    async with worker_database(settings, "registry-worker", info=with_audit_key(common)) as database:
        await run_loops(loops(settings, common, database), stop_on_signals())


if __name__ == "__main__":
    asyncio.run(main())
