"""Start a service's API under uvicorn, after its database was found fit."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any

import uvicorn
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp

from shared.database_checks import check_database
from shared.db import Database
from shared.logs import configure_logs
from shared.settings import CommonSettings, load

WAIT_SECONDS = 60
COLLECTED = (20_000, 10, 10)
"""How many objects more than before begin a look at the young; of ten such looks one is at older ones."""


async def check_fitness(database: Database) -> None:
    """
    Wait up to a minute for the database to answer, then check that the service can run on it.

    :raises DatabaseUnfit: if it cannot
    """
    for remaining in range(WAIT_SECONDS, -1, -1):
        try:
            async with database.engine.connect() as connection:
                await check_database(connection)
            return
        except (SQLAlchemyError, OSError):
            if not remaining:
                raise
            await asyncio.sleep(1)


def collect_seldom() -> None:
    """
    Set what was imported aside from the garbage collector, and let it look seldom.

    An answer makes some thousand objects that end with it, without cycles: by default each tenth of it would begin a
    look, and every few answers one at everything, for which all of them wait.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED)


async def serve(app: ASGIApp, *, host: str, port: int) -> None:
    """Serve an application until SIGTERM or SIGINT; the answers under way are finished first."""
    config = uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, proxy_headers=True,
                            timeout_graceful_shutdown=20, server_header=False)  # fmt: skip
    await uvicorn.Server(config).serve()


def run_on_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run to its end what serves, on the event loop that uvicorn chooses: uvloop's where that is installed."""
    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        runner.run(work)


def run_api(service: str, create_app: Callable[[], FastAPI], *, host: str, port: int) -> None:
    """Start the API of a service; the settings come from the environment."""

    async def start() -> None:
        configure_logs(f"{service}-api", load(CommonSettings).log_level)
        app = create_app()
        await check_fitness(app.state.database)
        collect_seldom()
        await serve(app, host=host, port=port)

    run_on_loop(start())
