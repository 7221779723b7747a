"""The worker process of a service: its loops side by side, begun again when one breaks, ended by a signal."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from shared.db import Database, Session
from shared.logs import describe_failure, doing
from shared.settings import ServiceSettings

logger = logging.getLogger(__name__)
Loop = Callable[[asyncio.Event], Awaitable[None]]
"""Works until the event is set."""
PAUSE_SECONDS = 1.0


@asynccontextmanager
async def worker_database(settings: ServiceSettings, name: str, *, info: Mapping[str, Any]) -> AsyncIterator[Database]:
    """Open the database of a worker as its settings say, with ``info`` in each session, and close it at the end."""
    database = Database(
        settings.database_url.get_secret_value(),
        name=name,
        pool_size=settings.pool_size,
        statement_timeout_ms=settings.statement_timeout_ms,
        info=info,
    )
    try:
        yield database
    finally:
        await database.close()


async def run_loops(loops: Mapping[str, Loop], stop: asyncio.Event) -> None:
    """Run every loop until ``stop`` is set; one that breaks is begun again and does not end the others."""
    async with asyncio.TaskGroup() as group:
        for name, loop in loops.items():
            group.create_task(_supervise(name, loop, stop), name=name)


async def _supervise(name: str, loop: Loop, stop: asyncio.Event) -> None:
    doing.set(name)
    while not stop.is_set():
        try:
            await loop(stop)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            logger.error("a loop broke and begins again", extra={"loop": name, **describe_failure(error)})
            await asyncio.sleep(PAUSE_SECONDS)


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set; call it in the running event loop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def until_none_is_left(database: Database, work: Callable[[Session], Awaitable[int]]) -> None:
    """Do some work again and again, each time in a transaction of its own, until it says that it did nothing."""
    done = 1
    while done:
        async with database.transaction() as session:
            done = await work(session)


def every(seconds: float, work: Callable[[], Awaitable[object]]) -> Loop:
    """Return a loop that does some work again and again with a pause."""

    async def loop(stop: asyncio.Event) -> None:
        while not stop.is_set():
            await work()
            try:
                await asyncio.wait_for(stop.wait(), seconds)
            except TimeoutError:
                continue

    return loop
