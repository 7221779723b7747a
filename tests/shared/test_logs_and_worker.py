"""Logs in JSON without the text of exceptions, and loops that begin again."""

import asyncio
import json
import logging
import os
import signal
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from shared import worker
from shared.db import Database
from shared.logs import configure_logs, request_id
from shared.settings import ServiceSettings
from shared.worker import every, run_loops, stop_on_signals, worker_database


@pytest.fixture
def _loggers() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    quiet = {
        name: logging.getLogger(name).level for name in ("uvicorn.access", "httpx", "httpcore", "sqlalchemy.engine")
    }
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)


@pytest.mark.usefixtures("_loggers")
def test_a_log_line_is_json_with_its_request_and_process(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("tiny-api", "INFO")
    token = request_id.set("request-1")
    logging.getLogger("x").info("乡村 reached", extra={"rows": 3})
    request_id.reset(token)
    logging.getLogger("x").debug("not logged")
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert (told["message"], told["rows"], told["request_id"], told["process"]) == (
        "乡村 reached",
        3,
        "request-1",
        "tiny-api",
    )
    assert (told["level"], told["logger"]) == ("INFO", "x")


@pytest.mark.usefixtures("_loggers")
def test_the_text_of_an_exception_is_never_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("tiny-api")
    try:
        raise RuntimeError("张三 13800138000")
    except RuntimeError:
        logging.getLogger("somebody.elses").exception("it broke")
    printed = capsys.readouterr().out
    told = json.loads(printed)
    assert "138" not in printed
    assert told["kind"] == "RuntimeError"
    assert "test_logs_and_worker.py" in told["frames"][-1]


async def test_a_loop_that_breaks_begins_again_and_ends_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "PAUSE_SECONDS", 0.01)
    stop, runs, steady = asyncio.Event(), [], []

    async def fragile() -> None:
        runs.append(len(runs))
        if len(runs) < 4:
            raise RuntimeError("张三")
        stop.set()

    async def other() -> None:
        steady.append(1)

    await asyncio.wait_for(run_loops({"fragile": every(0.01, fragile), "steady": every(0.01, other)}, stop), 5)
    assert len(runs) == 4
    assert steady
    assert "张三" not in caplog.text
    assert [record.kind for record in caplog.records] == ["RuntimeError"] * 3  # type: ignore[attr-defined]


async def test_a_pause_ends_at_once_when_told_to_stop() -> None:
    stop = asyncio.Event()

    async def work() -> None:
        stop.set()

    await asyncio.wait_for(run_loops({"slow": every(3600, work)}, stop), 2)


async def test_a_signal_stops_the_worker() -> None:
    stop = stop_on_signals()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(stop.wait(), 2)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().remove_signal_handler(number)


async def test_cancelling_the_worker_cancels_its_loops() -> None:
    async def forever(_stop: asyncio.Event) -> None:
        await asyncio.Event().wait()

    running = asyncio.create_task(run_loops({"forever": forever}, asyncio.Event()))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_worker_s_database_is_as_its_settings_say_and_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = list[Database]()

    async def close(database: Database) -> None:
        closed.append(database)

    monkeypatch.setattr(Database, "close", close)
    settings = ServiceSettings(
        database_url=SecretStr("postgresql+asyncpg://unused"), client_id="x", pool_size=3, statement_timeout_ms=777
    )
    async with worker_database(settings, "some-worker", info={}) as database:
        assert database.engine.pool.size() == 3  # type: ignore[attr-defined]
        assert closed == []
    assert closed == [database]
