"""The worker of matching: it reads its neighbours' feeds, carries out jobs and tidies up."""

import asyncio
from datetime import timedelta
from functools import partial

from services.matching.answer_links import consumers as answer_links
from services.matching.answer_links.actions.following import SEND_ANSWER_CODE
from services.matching.answer_links.actions.making import forget_answer_links
from services.matching.candidates import consumers as candidates
from services.matching.candidates.actions.scorer import Scorer
from services.matching.deliveries.actions import forget_events, forget_logs
from services.matching.deliveries.consumers.grants import LiveGrants, follow_grants
from services.matching.deliveries.consumers.loop import DeliveryLoop
from services.matching.deliveries.consumers.sending import WebhookSender
from services.matching.digests import consumers as digests
from services.matching.digests.actions.keeping import ASK_RECIPIENT, forget_digest_recipients
from services.matching.digests.actions.links import DigestLinks
from services.matching.digests.actions.planning import SEND_DIGEST, forget_digests
from services.matching.pairings import consumers as pairings
from services.matching.pairings.actions.answering import CONFIRM_PAIRING, PROPOSE_NEXT_BEST
from services.matching.pairings.actions.forgetting import forget_deliveries
from services.matching.pairings.actions.fulfilling import SETTLE_COMMITMENT
from services.matching.profiles.actions import forget_changes
from services.matching.remote.commitments import CommitmentClient
from services.matching.remote.contacts import ContactClient
from services.matching.remote.notifier import NoNotifier, Notifier
from services.matching.remote.smtp import SmtpNotifier
from services.matching.runs import consumers as runs
from services.matching.runs.actions.running import EXECUTE_RUN
from services.matching.settings import Settings
from services.matching.simulations import consumers as simulations
from services.matching.simulations.actions.simulating import EXECUTE_SIMULATION
from services.matching.subscriptions.actions import forget_previous_secrets
from services.matching.subscriptions.models import Destinations
from shared import clock
from shared.audit.chain import append_links
from shared.audit.keys import AuditKey, with_audit_key
from shared.auth.revocations import POLL_SECONDS, read_over_http
from shared.db import Database
from shared.feed.consumer import FeedConsumer
from shared.feed.reading import trim_feed
from shared.feed.sequencer import assign_positions
from shared.http import ServiceClient, ServiceToken
from shared.idempotency import forget_old_answers
from shared.jobs import Handler, JobWorker, Limit, forget_jobs
from shared.logs import configure_logs
from shared.operations import forget_old_operations
from shared.settings import CommonSettings, load
from shared.worker import Loop, every, run_loops, stop_on_signals, until_none_is_left

TIDY_SECONDS = 3600.0
EXPIRY_SECONDS = 30.0
DIGEST_SECONDS = 60.0


def handlers(
    database: Database, scorer: Scorer, commitments: CommitmentClient, *, engine_from: int
) -> dict[str, Handler]:
    """Return what each kind of job of matching does; from which size on the engine does it is a setting."""
    return {
        candidates.PREPARE_VECTORS: partial(candidates.prepare_vectors, database, scorer),
        CONFIRM_PAIRING: partial(pairings.confirm_pairing, database, commitments),
        SETTLE_COMMITMENT: partial(pairings.settle_commitment, database, commitments),
        EXECUTE_RUN: partial(runs.execute_run, database, scorer, engine_from=engine_from),
        EXECUTE_SIMULATION: partial(simulations.execute_simulation, database, scorer, engine_from=engine_from),
        PROPOSE_NEXT_BEST: partial(pairings.propose_next_best, database, scorer, engine_from=engine_from),
    }


def mail_handlers(
    database: Database, notifier: Notifier, links: DigestLinks, contacts: ContactClient
) -> dict[str, Handler]:
    """Return what each kind of job does that sends a message."""
    return {
        ASK_RECIPIENT: partial(digests.ask_recipient, database, notifier, links),
        SEND_DIGEST: partial(digests.send_digest, database, notifier, links),
        SEND_ANSWER_CODE: partial(answer_links.send_answer_code, database, contacts, notifier, links.sealer),
    }


def make_notifier(settings: Settings) -> Notifier:
    """Return what sends messages, as the settings say."""
    if not settings.sends_mail:
        return NoNotifier()
    password = settings.smtp_password_file.read_text(encoding="utf-8") if settings.smtp_password_file else ""
    return SmtpNotifier(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
        user=settings.smtp_user,
        password=password.strip(),
        security=settings.smtp_security,
    )


def limits(database: Database) -> dict[str, Limit]:
    """Return the kinds of jobs that somebody waits for, and how these are given up."""
    return {
        EXECUTE_RUN: Limit(runs.MOST_RETRIES, partial(runs.give_up_run, database)),
        EXECUTE_SIMULATION: Limit(simulations.MOST_RETRIES, partial(simulations.give_up_simulation, database)),
    }


def feed_consumers(database: Database, registry: ServiceClient, projects: ServiceClient) -> tuple[FeedConsumer, ...]:
    """Return the readers of both neighbours' feeds."""
    return (
        FeedConsumer(
            name="registry",
            database=database,
            client=registry,
            apply=pairings.REGISTRY_EVENTS,
            forget=pairings.REGISTRY_LOSSES,
        ),
        FeedConsumer(
            name="projects",
            database=database,
            client=projects,
            apply=pairings.PROJECTS_EVENTS,
            forget=pairings.PROJECTS_LOSSES,
        ),
    )


async def forget(database: Database, settings: Settings) -> None:
    """Apply the retention periods: forget what was finished longer ago than its setting says (docs/privacy.md)."""
    for forget_some, days in (
        (forget_deliveries, settings.delivery_days),
        (forget_events, settings.delivery_days),
        (forget_logs, settings.delivery_log_days),
        (forget_digests, settings.digest_days),
        (forget_answer_links, settings.answer_link_days),
        (forget_old_operations, settings.operation_days),
        (forget_jobs, settings.job_days),
    ):
        before = clock.now() - timedelta(days=days)
        await until_none_is_left(database, partial(forget_some, before=before))


def loops(settings: Settings, common: CommonSettings) -> dict[str, Loop]:
    """Return the loops of the worker of matching."""
    url = settings.database_url.get_secret_value()
    database = Database(url, name="matching-worker", pool_size=5, info=with_audit_key(common))
    audit_key = AuditKey(common.secret_key.get_secret_value())
    auth = ServiceToken(
        f"{common.registry_url}/v1/tokens", settings.client_id, settings.client_secret.get_secret_value()
    )
    projects = ServiceClient(common.projects_url, auth=auth)
    registry = ServiceClient(common.registry_url, auth=auth)
    registry_feed, projects_feed = feed_consumers(database, registry, projects)
    links = DigestLinks(settings.public_url, common.sealer())
    work = handlers(database, Scorer(), CommitmentClient(projects), engine_from=settings.engine_from)
    contacts = ContactClient(registry=registry, projects=projects)
    work |= mail_handlers(database, make_notifier(settings), links, contacts)
    sender = WebhookSender(
        sealer=common.sealer(),
        destinations=Destinations.of(settings),
        timeout_seconds=settings.push_timeout_seconds,
    )

    read_revocations = read_over_http(registry.get)
    grants = LiveGrants(read_revocations)

    async def tidy() -> None:
        async with database.transaction() as session:
            await forget_old_answers(session, keep_days=settings.answer_days)
            await trim_feed(session, keep_days=settings.feed_days)
            await forget_previous_secrets(session, at=clock.now())
            await forget_changes(session, at=clock.now())
            await forget_digest_recipients(session, at=clock.now())
        await forget(database, settings)

    async def plan_digests() -> None:
        if settings.sends_mail:
            await digests.plan_digests(database)

    return {
        "matching jobs": JobWorker(url, work, limits=limits(database)).run,
        "matching reads registry": registry_feed.run,
        "matching reads projects": projects_feed.run,
        "matching expiry": every(EXPIRY_SECONDS, lambda: pairings.expire_overdue(database)),
        "matching digests": every(DIGEST_SECONDS, plan_digests),
        "matching grants": every(POLL_SECONDS, lambda: follow_grants(database, read_revocations)),
        "matching sequencer": every(1.0, lambda: assign_positions(database)),
        "matching audit chain": every(1.0, lambda: append_links(database, audit_key)),
        "matching deliveries": DeliveryLoop(database, sender, settings, grants).run,
        "matching tidying": every(TIDY_SECONDS, tidy),
    }


async def main() -> None:
    """Work until SIGTERM or SIGINT."""
    common = load(CommonSettings)
    configure_logs("matching-worker", common.log_level)
    await run_loops(loops(load(Settings), common), stop_on_signals())


if __name__ == "__main__":
    asyncio.run(main())
