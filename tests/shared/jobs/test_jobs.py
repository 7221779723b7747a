"""Jobs run only if their transaction commits, at least once, and survive the worker and the database."""

import asyncio
import contextlib
import logging
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from sqlalchemy import text

from shared import jobs
from shared.db import Database
from shared.jobs import Handler, JobWorker, Limit, RetryLater, enqueue
from shared.logs import request_id
from tests.shared.tiny_app import Thing

HEARTBEAT = timedelta(seconds=1)
Work = Callable[..., contextlib.AbstractAsyncContextManager[None]]


async def until(done: Callable[[], Awaitable[bool] | bool], *, seconds: float = 15.0) -> None:
    async def poll() -> None:
        while True:
            told = done()
            if told if isinstance(told, bool) else await told:
                return
            await asyncio.sleep(0.05)

    await asyncio.wait_for(poll(), seconds)


async def waiting(database: Database, where: str = "true") -> int:
    async with database.transaction() as session:
        query = text(f"select count(*) from pgqueuer where {where}")  # noqa: S608
        return int((await session.execute(query)).scalar_one())


@contextlib.asynccontextmanager
async def worker(
    database: Database, handlers: dict[str, Handler], limits: dict[str, Limit] | None = None
) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(JobWorker(database.url, handlers, limits=limits, heartbeat=HEARTBEAT).run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(running, 20)


class Recorder:
    """A handler that notes what it was called with and fails as often as it is told."""

    def __init__(self, *failures: Exception) -> None:
        self.calls: list[dict[str, Any]] = []
        self.request_ids: list[str | None] = []
        self._failures = list(failures)

    async def __call__(self, payload: dict[str, Any]) -> None:
        self.calls.append(payload)
        self.request_ids.append(request_id.get())
        if self._failures:
            raise self._failures.pop(0)


async def test_a_job_runs_after_the_commit_with_its_payload_and_request(tiny: Database) -> None:
    handler = Recorder()
    token = request_id.set("request-1")
    async with tiny.transaction() as session:
        session.add(Thing(name="with a job", number=1))
        await enqueue(session, "note", {"name": "乡村"})
        assert await waiting(tiny) == 0
    request_id.reset(token)
    async with worker(tiny, {"note": handler}):
        await until(lambda: len(handler.calls) == 1)
        await until(lambda: _is_empty(tiny))
    assert handler.calls == [{"name": "乡村"}]
    assert handler.request_ids == ["request-1"]


async def _is_empty(database: Database) -> bool:
    return await waiting(database) == 0


@pytest.mark.parametrize("first_statement", [True, False])
async def test_a_job_of_a_transaction_that_was_rolled_back_never_runs(tiny: Database, first_statement: bool) -> None:
    handler = Recorder()
    async with tiny.session() as session:
        if not first_statement:
            session.add(Thing(name="gone", number=1))
            await session.flush()
        await enqueue(session, "note", {"name": "rolled back"})
        await session.rollback()
    assert await waiting(tiny) == 0
    async with tiny.transaction() as session:
        await enqueue(session, "note", {"name": "committed"})
    async with worker(tiny, {"note": handler}):
        await until(lambda: len(handler.calls) == 1)
        await asyncio.sleep(0.3)
    assert handler.calls == [{"name": "committed"}]


async def test_a_job_of_a_savepoint_that_was_rolled_back_never_runs(tiny: Database) -> None:
    async with tiny.transaction() as session:
        await enqueue(session, "note", {"name": "kept"})
        savepoint = await session.begin_nested()
        await enqueue(session, "note", {"name": "gone"})
        await savepoint.rollback()
    assert await waiting(tiny) == 1


async def test_a_job_named_once_waits_only_once(tiny: Database) -> None:
    for _ in range(3):
        async with tiny.transaction() as session:
            await enqueue(session, "note", {}, once="the one")
    assert await waiting(tiny) == 1


async def test_a_delayed_job_waits(tiny: Database) -> None:
    handler = Recorder()
    async with tiny.transaction() as session:
        await enqueue(session, "note", {"name": "later"}, delay=timedelta(hours=1))
        await enqueue(session, "note", {"name": "now"})
    async with worker(tiny, {"note": handler}):
        await until(lambda: len(handler.calls) == 1)
    assert handler.calls == [{"name": "now"}]
    assert await waiting(tiny) == 1


async def test_a_handler_may_ask_to_be_called_again(tiny: Database) -> None:
    handler = Recorder(RetryLater(timedelta(milliseconds=50)), RetryLater(timedelta(0)))
    async with tiny.transaction() as session:
        await enqueue(session, "note", {"name": "again"})
    async with worker(tiny, {"note": handler}):
        await until(lambda: len(handler.calls) == 3)
    assert handler.calls == [{"name": "again"}] * 3


async def test_a_job_without_a_limit_is_never_given_up(tiny: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "LONGEST_PAUSE", timedelta(0))
    handler = Recorder(*[ValueError("not yet") for _ in range(60)])
    async with tiny.transaction() as session:
        await enqueue(session, "note", {})
    async with worker(tiny, {"note": handler}):
        await until(lambda: len(handler.calls) == 61)
    assert not await _is_held(tiny)


async def test_a_job_that_raises_is_tried_again_and_then_held_and_its_text_is_logged_nowhere(
    tiny: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(jobs, "LONGEST_PAUSE", timedelta(milliseconds=20))
    secret = "张三 13800138000"
    handler = Recorder(*[ValueError(secret) for _ in range(9)])
    async with tiny.transaction() as session:
        await enqueue(session, "note", {})
    with caplog.at_level(logging.DEBUG):
        async with worker(tiny, {"note": handler}, {"note": Limit(2, Recorder())}):
            await until(lambda: _is_held(tiny))
    assert len(handler.calls) == 3
    assert secret not in caplog.text
    assert [record.kind for record in caplog.records if record.message == "job failed"] == ["ValueError"] * 3  # type: ignore[attr-defined]
    async with tiny.transaction() as session:
        stored = await session.execute(text("select coalesce(string_agg(traceback::text, ' '), '') from pgqueuer_log"))
        assert secret not in stored.scalar_one()


async def test_who_waits_for_a_job_is_told_when_it_is_given_up_and_not_before_that_could_be_told(
    tiny: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LONGEST_PAUSE", timedelta(milliseconds=20))
    handler = Recorder(*[ValueError("never") for _ in range(9)])
    told = Recorder(OSError("the database is away"))
    async with tiny.transaction() as session:
        await enqueue(session, "note", {"run": 1})
    async with worker(tiny, {"note": handler}, {"note": Limit(1, told)}):
        await until(lambda: _is_held(tiny))
    assert handler.calls == [{"run": 1}] * 3
    assert told.calls == [{"run": 1}] * 2


async def _is_held(database: Database) -> bool:
    return await waiting(database, "status = 'failed'") == 1


WORKER = """
import asyncio, sys
from datetime import timedelta
from shared.jobs import JobWorker

async def handle(payload):
    print("began", flush=True)
    await asyncio.sleep(3600)

asyncio.run(JobWorker(sys.argv[1], {"note": handle}, heartbeat=timedelta(seconds=1)).run(asyncio.Event()))
"""


async def test_a_job_survives_kill_9_of_its_worker(tiny: Database) -> None:
    async with tiny.transaction() as session:
        await enqueue(session, "note", {"name": "survivor"})
    process = subprocess.Popen([sys.executable, "-c", WORKER, tiny.url], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process, process.stdout as said:
        assert await asyncio.to_thread(said.readline) == b"began\n"
        process.send_signal(signal.SIGKILL)
    assert await waiting(tiny, "status = 'picked'") == 1
    handler = Recorder()
    async with worker(tiny, {"note": handler}):
        await until(lambda: len(handler.calls) == 1)
    assert handler.calls == [{"name": "survivor"}]


async def test_the_worker_goes_on_when_its_connections_are_cut(
    tiny: Database, caplog: pytest.LogCaptureFixture
) -> None:
    handler = Recorder()
    async with worker(tiny, {"note": handler}):
        async with tiny.transaction() as session:
            await enqueue(session, "note", {"name": "before"})
        await until(lambda: len(handler.calls) == 1)
        async with tiny.transaction() as session:
            cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = current_user and pid <> pg_backend_pid() and datname = current_database()"  # noqa: E501
            assert (await session.execute(text(cut))).scalar_one() >= 2
        async with tiny.transaction() as session:
            await enqueue(session, "note", {"name": "after"})
        await until(lambda: len(handler.calls) == 2)
    assert handler.calls[1] == {"name": "after"}


async def test_a_worker_that_is_slow_to_listen_does_not_take_itself_for_deaf(
    tiny: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen, happened = AsyncpgPoolDriver.add_listener, list[str]()

    async def listen_late(self: AsyncpgPoolDriver, *arguments: Any) -> None:
        await asyncio.sleep(0.5)
        await listen(self, *arguments)
        happened.append("listens")

    async def note(self: AsyncpgPoolDriver, *arguments: Any) -> None:
        happened.append("probe")

    monkeypatch.setattr(AsyncpgPoolDriver, "add_listener", listen_late)
    monkeypatch.setattr(AsyncpgPoolDriver, "notify", note)
    async with worker(tiny, {"note": Recorder()}):
        await until(lambda: len(happened) == 2)
    assert happened == ["listens", "probe"], "a probe was sent that nobody could hear"


async def test_a_database_that_is_away_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(JobWorker("postgresql+asyncpg://x:x@127.0.0.1:1/none", {}).run(stop))
    await until(lambda: "the job queue cannot be read" in caplog.text)
    assert not running.done()
    stop.set()
    await asyncio.wait_for(running, 5)
    cancelled = asyncio.create_task(JobWorker("postgresql+asyncpg://x:x@127.0.0.1:1/none", {}).run(asyncio.Event()))
    await asyncio.sleep(0.1)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
