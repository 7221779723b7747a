"""Starting an API: the database is waited for and checked, and what is wrong is said in one message."""

import asyncio
import contextlib
import gc
import socket

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError

from shared import serving
from shared.command_line import command_line, run_command
from shared.database_checks import DatabaseUnfit, ServerVersionUnsupported
from shared.db import Database
from shared.serving import COLLECTED, check_fitness, collect_seldom, run_api, serve
from shared.settings import MissingSettings


async def test_a_fit_database_is_served_on(tiny: Database) -> None:
    await check_fitness(tiny)


async def test_a_database_that_is_away_is_waited_for_and_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "WAIT_SECONDS", 1)
    away = Database("postgresql+asyncpg://x:x@127.0.0.1:1/none", name="test")
    with pytest.raises((OSError, DBAPIError)):
        await check_fitness(away)


async def test_an_unfit_database_is_refused_at_once(tiny: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.database_checks.OLDEST_MAJOR", 99)
    monkeypatch.setattr("shared.database_checks.NEWEST_MAJOR", 99)
    with pytest.raises(DatabaseUnfit):
        await check_fitness(tiny)


def test_the_garbage_collector_of_an_api_looks_seldom() -> None:
    before = gc.get_threshold()
    collect_seldom()
    assert gc.get_threshold() == COLLECTED
    gc.set_threshold(*before)


async def test_an_api_answers_until_it_is_cancelled(tiny_app: FastAPI) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = asyncio.create_task(serve(tiny_app, host="127.0.0.1", port=port))
    async with asyncio.timeout(20), httpx.AsyncClient() as client:
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = await client.get(f"http://127.0.0.1:{port}/tiny/livez")
                break
            await asyncio.sleep(0.05)
    assert answer.json() == {"status": "ok"}
    assert "server" not in answer.headers
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def test_an_api_reads_its_settings_checks_its_database_and_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    async def check(_database: object) -> None:
        done.append("checked")

    async def answer(_app: FastAPI, *, host: str, port: int) -> None:
        done.append(f"served on {host}:{port}")

    app = FastAPI()
    app.state.database = None
    monkeypatch.setenv("XIANGQIAO_SECRET_KEY", "x" * 32)
    monkeypatch.setattr(serving, "configure_logs", lambda process, level: done.append(f"{process} logs {level}"))
    monkeypatch.setattr(serving, "check_fitness", check)
    monkeypatch.setattr(serving, "serve", answer)
    run_api("tiny", lambda: app, host="127.0.0.1", port=1)
    assert done == ["tiny-api logs INFO", "checked", "served on 127.0.0.1:1"]


def test_the_command_line_serves_unless_it_is_told_to_migrate() -> None:
    parser = command_line("tiny")
    assert parser.parse_args([]).command == "serve"
    assert parser.parse_args(["serve", "--port", "9"]).port == 9
    assert parser.parse_args(["migrate"]).command == "migrate"


@pytest.mark.parametrize(
    "error", [MissingSettings("XIANGQIAO_SECRET_KEY"), ServerVersionUnsupported(major=9, oldest=15, newest=18)]
)
def test_what_is_wrong_is_said_without_a_traceback(error: Exception) -> None:
    def work() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        run_command(work)
    assert ended.value.code == str(error)
