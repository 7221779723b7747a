"""The worker of matching: it reads its neighbours' feeds, carries out jobs and tidies up."""

import asyncio

from services.matching.settings import Settings
from shared.db import Database
from shared.feed.reading import trim_feed
from shared.feed.sequencer import assign_positions
from shared.http import ServiceClient, ServiceToken
from shared.idempotency import forget_old_answers
from shared.jobs import Handler, JobWorker
from shared.logs import configure_logs
from shared.settings import CommonSettings, load
from shared.worker import Loop, every, run_loops, stop_on_signals

TIDY_SECONDS = 3600.0


def handlers(_database: Database) -> dict[str, Handler]:
    """Return what each kind of job of matching does."""
    return {}


def loops(settings: Settings, common: CommonSettings) -> dict[str, Loop]:
    """Return the loops of the worker of matching."""
    url = settings.database_url.get_secret_value()
    database = Database(url, name="matching-worker", pool_size=5)
    auth = ServiceToken(
        f"{common.registry_url}/v1/tokens", settings.client_id, settings.client_secret.get_secret_value()
    )
    _registry = ServiceClient(common.registry_url, auth=auth)

    async def tidy() -> None:
        async with database.transaction() as session:
            await forget_old_answers(session)
            await trim_feed(session, keep_days=settings.feed_days)

    return {
        "matching jobs": JobWorker(url, handlers(database)).run,
        "matching sequencer": every(1.0, lambda: assign_positions(database)),
        "matching tidying": every(TIDY_SECONDS, tidy),
    }


async def main() -> None:
    """Work until SIGTERM or SIGINT."""
    common = load(CommonSettings)
    configure_logs("matching-worker", common.log_level)
    await run_loops(loops(load(Settings), common), stop_on_signals())


if __name__ == "__main__":
    asyncio.run(main())
