"""
Measure the answer with explanations over HTTP beside that of a route that does nothing.

One process serves matching's whole application as in production (uvicorn, every middleware, tokens checked by their
signature) from an embedded PostgreSQL; another asks with httpx, as the services ask each other, over one connection
that is kept open. The route to compare with is one more of the same application, with the same class, caller and
session in its signature: it authenticates and authorizes like the others, sends no statement and answers
``{"status": "ok"}``. Both are asked in turn, ten times each, so that whatever else the machine does falls on both; no
demand is asked for twice. Beside the times as the asker sees them stands the computing time of the serving process,
all its threads, which waiting for a core does not lengthen.
"""

import asyncio
import multiprocessing
import os
import socket
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from fastapi import APIRouter, FastAPI
from pydantic import SecretStr

from bench.matching.measuring import sample_rows
from bench.matching.profiles import identify, store_province
from bench.matching.province import AS_OF, Province
from bench.matching.texts import StandInEncoder
from services.matching.candidates.actions.scorer import Scorer
from services.matching.main import create_app
from services.matching.permissions import DemandCandidateReader
from services.matching.settings import Settings
from shared.app import Health
from shared.clock import AS_OF as DAY
from shared.contracts.codes import Role
from shared.db import Database, RequestSession
from shared.embedded_postgres import EmbeddedPostgres
from shared.idempotency import IdempotentRoute
from shared.logs import configure_logs
from shared.migrations import upgrade
from shared.serving import collect_seldom, run_on_loop, serve
from shared.settings import CommonSettings
from shared.testing import SECRET_KEY, TestIssuer

MOST = 4_000
"""Demands and supplies in the tables: the time of an answer hardly depends on more, filling them would."""
LEAST_SERVED = 2_000
"""A smaller province is not served: a service would answer it from the database, without the engine."""
QUESTIONS, WARM_UP, LIMIT, TURN = 500, 100, 20, 10
NOTHING = "/matching/v1/nothing"
READY_SECONDS = 240
SICHUAN = "510000000000"


@dataclass(frozen=True)
class Served:
    """Where the application listens, and a token for it."""

    port: int
    token: str


def measure_http(size: int) -> dict[str, float]:
    """Return the times of the top 20 with explanations over HTTP, and of a route that does nothing."""
    count = min(size, MOST)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = EmbeddedPostgres(Path(folder) / "data", durable=False, stop_with_parent=True)
        with server:
            access = server.ensure_databases(["matching"])["matching"]
            with ThreadPoolExecutor(1) as thread:  # alembic wants an event loop of its own
                thread.submit(upgrade, Path("services/matching/migrations"), access.owner_dsn).result()
            _fill(access.app_dsn, count)
            here, there = multiprocessing.Pipe()
            process = multiprocessing.get_context("spawn").Process(target=_serve, args=(access.app_dsn, there))
            process.start()
            try:
                if not here.poll(READY_SECONDS):
                    raise TimeoutError("the market did not get into memory")
                return _ask(here, count)
            finally:
                process.terminate()
                process.join()


def _fill(dsn: str, count: int) -> None:
    async def fill() -> None:
        database, province = Database(dsn, name="bench"), Province()
        try:
            await store_province(database, list(province.make_demands(count)), list(province.make_offers(count)))
        finally:
            await database.close()

    asyncio.run(fill())


def _ask(server: Connection, count: int) -> dict[str, float]:
    """Ask for candidates and for nothing in turn, and return the percentiles and computing times in milliseconds."""
    served: Served = server.recv()
    headers = {"Authorization": f"Bearer {served.token}", "Accept-Encoding": "identity"}
    client = httpx.Client(base_url=f"http://127.0.0.1:{served.port}", headers=headers)

    def ask(paths: Sequence[str]) -> tuple[list[float], float, list[dict[str, Any]]]:
        """Return how long each answer and how much computing all of them took, in seconds, and what they say."""
        times, answers, before = [], [], _read_spent(server)
        for path in paths:
            started = time.perf_counter()
            answer = client.get(path)
            times.append(time.perf_counter() - started)
            answer.raise_for_status()
            answers.append(answer)
        spent = _read_spent(server) - before
        return times, spent, [answer.json() for answer in answers]

    times, idle, spent, idly_spent, explained = [], [], [], [], 0
    rows = sample_rows(WARM_UP + QUESTIONS, count, seed=7)
    asked = [f"/matching/v1/demands/{identify(f'd{row:08}')}/candidates?limit={LIMIT}" for row in rows]
    for start in range(0, len(asked), TURN):
        some, computing, _ = ask([NOTHING] * TURN)
        idle, idly_spent = [*idle, *some], [*idly_spent, computing]
        some, computing, found = ask(asked[start : start + TURN])
        times, spent = [*times, *some], [*spent, computing]
        explained += sum(len(one["items"]) for one in found)
    client.close()
    half, most = np.percentile(times[WARM_UP:], (50, 99)) * 1e3
    idle_half, idle_most = np.percentile(idle[WARM_UP:], (50, 99)) * 1e3
    warm = WARM_UP // TURN
    return {
        "http_size": count,
        "http_questions": QUESTIONS,
        "http_explained_mean": explained / len(times),
        "http_p50_ms": float(half),
        "http_p99_ms": float(most),
        "http_nothing_p50_ms": float(idle_half),
        "http_nothing_p99_ms": float(idle_most),
        "http_cpu_ms": sum(spent[warm:]) / QUESTIONS * 1e3,
        "http_nothing_cpu_ms": sum(idly_spent[warm:]) / QUESTIONS * 1e3,
    }


def _read_spent(server: Connection) -> float:
    server.send(None)
    return float(server.recv())


def _tell_spent(asker: Connection) -> None:
    """Answer whatever is asked with the seconds of computing so far, until the asker is gone."""
    with suppress(EOFError):
        while True:
            asker.recv()
            asker.send(time.process_time())


def _serve(dsn: str, ready: Connection) -> None:
    """Serve matching until the parent ends this process, and tell it when the market is in memory."""
    os.environ[DAY] = AS_OF.isoformat()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the log goes the way of production, but not into the table
    configure_logs("matching-api")
    with suppress(KeyboardInterrupt):
        run_on_loop(_run(dsn, ready))


async def _run(dsn: str, ready: Connection) -> None:
    issuer = TestIssuer()
    app = create_app(
        Settings(database_url=SecretStr(dsn), client_secret=SecretStr("unused"), engine_from=0),
        CommonSettings(secret_key=SecretStr(SECRET_KEY)),
        verifier=issuer.verifier(),
        scorer=Scorer(lambda _vectors: StandInEncoder()),  # type: ignore[arg-type,return-value]
    )
    router = APIRouter(route_class=IdempotentRoute)
    router.add_api_route(NOTHING, do_nothing)
    app.include_router(router)
    collect_seldom()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(app, host="127.0.0.1", port=port))
        await _wait_for_engine(app)
        ready.send(Served(port, issuer.token(Role.RURAL_OFFICER, division=SICHUAN)))
        threading.Thread(target=_tell_spent, args=(ready,), daemon=True).start()


async def _wait_for_engine(app: FastAPI) -> None:
    while app.state.market.describe().state != "answering":  # noqa: ASYNC110  (the market tells nobody)
        await asyncio.sleep(0.1)


async def do_nothing(_session: RequestSession, _by: DemandCandidateReader) -> Health:
    """Answer whoever may ask for candidates."""
    return Health(status="ok")
