"""Work to be done later, enqueued in the transaction that wants it and done by the worker at least once."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
from pgqueuer import PgQueuer, RetryRequested
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.models import Job
from sqlalchemy import select, text

from shared.actors import acting_for, who_asks
from shared.db import Session
from shared.logs import describe_failure, doing, request_id

logger = logging.getLogger(__name__)
Handler = Callable[[dict[str, Any]], Awaitable[None]]
LONGEST_PAUSE = timedelta(minutes=5)
HEARTBEAT = timedelta(seconds=10)
"""
A job whose worker was not heard of for so long is given to another.

Jobs of a killed worker count against the concurrency limit until then: the others of their kind wait as long.
"""


@dataclass(frozen=True)
class Limit:
    """
    After how many retries a kind of job is given up, and what tells it then to who waits for it.

    Waiting (``RetryLater``) counts as well. A kind without a limit is never given up: something depends on its effect.
    """

    retries: int
    give_up: Handler


class RetryLater(Exception):
    """The job cannot be done now; a handler raises it to be called again after ``delay``."""

    def __init__(self, delay: timedelta = timedelta(seconds=2)) -> None:
        super().__init__("retry later")
        self.delay = delay


async def enqueue(
    session: Session,
    job: str,
    payload: dict[str, Any],
    *,
    delay: timedelta | None = None,
    once: str | None = None,
    for_caller: bool = True,
) -> None:
    """
    Enqueue a job in the transaction of the session; it runs only if that commits.

    ``once`` names the job: while one of this name waits or runs, another is not added. The audit log tells that it
    acts for the caller of the request, unless it is the platform's own doing (``for_caller=False``).
    """
    # The session sends BEGIN with its first statement; without one the job would survive a rollback.
    await session.execute(select(1))
    raw = await (await session.connection()).get_raw_connection()
    connection = raw.driver_connection
    assert connection is not None  # noqa: S101
    asked_by = who_asks(session) if for_caller else None
    body = json.dumps(payload | {"request_id": request_id.get(), "asked_by": asked_by}, ensure_ascii=False).encode()
    await Queries(AsyncpgDriver(connection)).enqueue(
        job, body, execute_after=delay, dedupe_key=once, on_conflict="skip"
    )


class _ListeningDriver(AsyncpgPoolDriver):
    """
    Sends no notice before it listens.

    pgqueuer begins to probe its listener before it has one: on a busy machine the first probe was lost, and the worker
    ended after ten seconds, again and again.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self._listens = asyncio.Event()

    async def add_listener(self, channel: str, callback: Callable[[str | bytes | bytearray], None]) -> None:
        await super().add_listener(channel, callback)
        self._listens.set()

    async def notify(self, channel: str, payload: str) -> None:
        await self._listens.wait()
        await super().notify(channel, payload)


class JobWorker:
    """Runs the jobs of one service; it survives the database's restart and retries what failed."""

    def __init__(
        self,
        database_url: str,
        handlers: Mapping[str, Handler],
        *,
        limits: Mapping[str, Limit] | None = None,
        concurrency: int = 4,
        heartbeat: timedelta = HEARTBEAT,
    ) -> None:
        self._dsn = database_url.replace("postgresql+asyncpg://", "postgresql://", 1)
        self._handlers = handlers
        self._limits = limits or {}
        self._concurrency = concurrency
        self._heartbeat = heartbeat

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop, beginning again whenever the database went away."""
        while not stop.is_set():
            try:
                await self._run_until_broken(stop)
            except asyncio.CancelledError:
                raise
            except Exception as error:
                logger.warning("the job queue cannot be read", extra={"kind": type(error).__name__})
            if not stop.is_set():
                await asyncio.sleep(1)

    async def _run_until_broken(self, stop: asyncio.Event) -> None:
        async with asyncpg.create_pool(self._dsn, min_size=2, max_size=6) as pool:
            queue = PgQueuer(_ListeningDriver(pool))
            for name, handler in self._handlers.items():
                guarded = _guarded(name, handler, self._limits.get(name))
                queue.entrypoint(name, concurrency_limit=self._concurrency, on_failure="hold")(guarded)
            stopping = asyncio.create_task(_relay(stop, queue.shutdown))
            try:
                await queue.run(
                    dequeue_timeout=timedelta(seconds=2),
                    shutdown_on_listener_failure=True,
                    heartbeat_timeout=self._heartbeat,
                )
            finally:
                stopping.cancel()


async def _relay(source: asyncio.Event, target: asyncio.Event) -> None:
    await source.wait()
    target.set()


def _guarded(name: str, handler: Handler, limit: Limit | None) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        payload: dict[str, Any] = json.loads(job.payload or b"{}")
        asked_by = payload.pop("asked_by", None)
        token, task = request_id.set(payload.pop("request_id", None)), doing.set(name)
        try:
            with acting_for(asked_by):
                await handler(payload)
        except RetryLater as later:
            raise RetryRequested(later.delay, "asked for by the handler") from None
        except Exception as error:
            # The exception's text may hold personal data; pgqueuer would log it.
            logger.error("job failed", extra={"job": name, "attempts": job.attempts, **describe_failure(error)})
            if limit and job.attempts >= limit.retries:
                with acting_for(asked_by):
                    given_up = await _give_up(name, limit, payload)
                if given_up:
                    raise JobGivenUp(name) from None
            delay = min(timedelta(seconds=2 ** min(job.attempts, 10)), LONGEST_PAUSE)
            raise RetryRequested(delay, type(error).__name__) from None
        finally:
            request_id.reset(token)
            doing.reset(task)

    return run


async def _give_up(name: str, limit: Limit, payload: dict[str, Any]) -> bool:
    """Tell who waits for the job that it is given up; a job of which that cannot be told is kept on."""
    try:
        await limit.give_up(payload)
    except Exception as error:
        logger.error("a job cannot be given up", extra={"job": name, **describe_failure(error)})
        return False
    return True


class JobGivenUp(Exception):
    """A job failed too often; it is held in the queue for the operators."""


_FORGET_LINES = text(
    "DELETE FROM pgqueuer_log WHERE id IN (SELECT id FROM pgqueuer_log WHERE created < :before ORDER BY id LIMIT :most)"
)
_FORGET_HELD = text(
    "DELETE FROM pgqueuer WHERE id IN"
    " (SELECT id FROM pgqueuer WHERE status = 'failed' AND updated < :before ORDER BY id LIMIT :most)"
)
FORGOTTEN_AT_ONCE = 1_000


async def forget_jobs(session: Session, *, before: datetime) -> int:
    """Delete some lines of the queue's log, and some jobs held since they were given up, that are older."""
    given = {"before": before, "most": FORGOTTEN_AT_ONCE}
    lines = (await session.execute(_FORGET_LINES, given)).rowcount  # type: ignore[attr-defined]
    held = (await session.execute(_FORGET_HELD, given)).rowcount  # type: ignore[attr-defined]
    return int(lines + held)
