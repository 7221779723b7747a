"""Worker or database are killed -9 in the middle of a batch run: it is run again, to the same bytes as undisturbed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from services.matching.pairings.consumers import PROJECTS_EVENTS, REGISTRY_EVENTS
from services.matching.runs.actions.running import begin_run
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Database
from shared.embedded_postgres import DatabaseAccess, EmbeddedPostgres
from shared.feed.models import FeedCursor
from shared.migrations import upgrade
from shared.processes import start_child, stop_child
from tests.faults.standalone import ROOT, wait_until
from tests.matching.market import make_demand, make_event, make_organization, make_supply
from tests.platform import LONG, free_ports
from tests.shared.embedded_postgres.clusters import kill_hard, live_pid

DAY = date(2026, 11, 22)
DEMANDS, SUPPLIES, ORGANIZATIONS = 300, 150, 30
WISHES = (
    ("education", "村小缺图书", "想给教学点的孩子添些书", "乡村图书角", "为乡村学校配图书、建图书角"),
    ("agritech", "核桃不挂果", "盼懂技术的人来教嫁接", "果树嫁接课堂", "农技人员进村教嫁接与修剪"),
    ("health", "老人看病远", "想请医生下乡看看", "流动义诊车", "医护人员驾车入村义诊、送药"),
    ("environment", "河沟垃圾多", "盼有人帮忙清理河道", "清河志愿行动", "组织志愿者清理乡村河道垃圾"),
    ("culture_sports", "没有地方打球", "娃娃们想要个篮球架", "乡村运动角", "为乡村捐建篮球架和运动场地"),
)
RECORD = """
    SELECT jsonb_build_object('policy', policy_version, 'model', model_hash, 'input', input_hash, 'as_of', as_of,
        'cursors', feed_cursors, 'counts', counts, 'allocation', allocation, 'failure', failure)::text FROM runs;
    SELECT jsonb_build_object('demand', demand_id, 'supply', supply_id, 'status', status, 'score', score,
        'holds', hold_reasons, 'until', last_answer_on, 'why', explanation, 'judged_on', judged_on)::text
        FROM pairings ORDER BY demand_id, supply_id;
    SELECT happened, count(*) FROM pairing_events GROUP BY 1 ORDER BY 1;
    SELECT type, count(*) FROM push_events GROUP BY 1 ORDER BY 1;
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(root: Path) -> Iterator[EmbeddedPostgres]:
    """Give a server that outlives its own kill with every commit, always on the same port."""
    (port,) = free_ports(1)
    server = EmbeddedPostgres(root, port=port, stop_with_parent=True)
    server.start()
    yield server
    server.remove()


class Worker:
    """The worker of matching alone, on one database; its neighbours are away."""

    def __init__(self, access: DatabaseAccess, log: Path, *, engine_from: int, **more: str) -> None:
        self._log = log
        (nobody,) = free_ports(1)
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "XIANGQIAO_SECRET_KEY": "a-key-of-this-test-alone-0123456789",  # pragma: allowlist secret
            "XIANGQIAO_AS_OF": DAY.isoformat(),
            "XIANGQIAO_REGISTRY_URL": f"http://127.0.0.1:{nobody}/registry",
            "XIANGQIAO_PROJECTS_URL": f"http://127.0.0.1:{nobody}/projects",
            "MATCHING_DATABASE_URL": access.app_dsn,
            "MATCHING_CLIENT_SECRET": "unused",  # pragma: allowlist secret
            "MATCHING_ENGINE_FROM": str(engine_from),
            **more,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = start_child(
                [sys.executable, "-m", "services.matching.worker"],
                env=self._environment, cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None:
            stop_child(self._process, grace_seconds=10)


def list_libraries() -> list[list[BaseModel]]:
    """Return organizations, supplies and demands; some organizations can only be held."""
    organizations = [
        make_organization(name=f"第{number}公益会", credit_status="normal" if number % 10 else "abnormal")
        for number in range(ORGANIZATIONS)
    ]
    supplies: list[BaseModel] = []
    for number in range(SUPPLIES):
        field, _, _, title, description = WISHES[number % len(WISHES)]
        changes = {"title": f"{title}({number}期)", "description": f"{description},第{number}批。", "fields": [field]}
        supplies.append(make_supply(organizations[number % ORGANIZATIONS], **changes))
    demands: list[BaseModel] = []
    for number in range(DEMANDS):
        field, title, description, _, _ = WISHES[number % len(WISHES)]
        changes = {"title": title, "description": f"{number}组的人{description}。", "fields": [field]}
        demands.append(make_demand(**changes, budget_fen=1_000 * (number + 1)))
    return [[*organizations], supplies, demands]


async def fill(access: DatabaseAccess) -> None:
    """Let the libraries arrive through the feeds, and begin a run that no worker has seen yet."""
    database = Database(access.app_dsn, name="test")
    apply = {**REGISTRY_EVENTS, **PROJECTS_EVENTS}
    try:
        for snapshots in list_libraries():
            events = [make_event(one) for one in snapshots]
            async with database.transaction() as session:
                await apply[events[0].type](session, events, False)
        async with database.transaction() as session:
            session.add_all([FeedCursor(consumer=name, cursor=f"{name}:4711") for name in ("projects", "registry")])
            await begin_run(session, by=Principal("province", Role.PROVINCIAL_OFFICER), today=DAY)
    finally:
        await database.close()


def copy(server: EmbeddedPostgres, name: str, folder: Path, *, engine_from: int) -> tuple[Worker, Callable[[str], str]]:
    """Restore the same data as a database of its own; return its worker and what asks it."""
    access = server.clone_database("matching", name)
    return Worker(access, folder / f"{name}.log", engine_from=engine_from), lambda query: server.run_script(
        query, database=name
    )


def finish(ask: Callable[[str], str], log: str) -> Sequence[str]:
    wait_until(lambda: ask("SELECT 1 FROM operations WHERE done") == "1", f"the end of the run: {log}")
    return ask(RECORD).splitlines()


SCORED = "SELECT max(steps_done) FROM operations"
# The engine is asked for all of so few demands at once: it is killed while it is built.
BUILDING = "SELECT count(*) FROM pgqueuer, text_vectors WHERE entrypoint = 'execute_run' AND status = 'picked'"


@LONG
@pytest.mark.parametrize(("engine_from", "underway"), [(2_000, SCORED), (0, BUILDING)], ids=["all pairs", "engine"])
async def test_a_run_whose_worker_or_database_is_killed_leaves_the_bytes_of_an_undisturbed_one(
    server: EmbeddedPostgres, root: Path, tmp_path: Path, engine_from: int, underway: str
) -> None:
    base = server.ensure_databases(["matching"])["matching"]
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, ROOT / "services" / "matching" / "migrations", base.owner_dsn).result()
    await fill(base)

    worker, ask = copy(server, "undisturbed", tmp_path, engine_from=engine_from)
    worker.start()
    try:
        expected = finish(ask, "undisturbed")
    finally:
        worker.stop()
    assert '"status": "on_hold"' in "\n".join(expected)
    assert len(expected) > DEMANDS / 2

    for victims in (("worker",), ("database",), ("database", "worker")):
        name = "_and_".join(victims)
        worker, ask = copy(server, name, tmp_path, engine_from=engine_from)
        worker.start()
        try:
            wait_until(lambda ask=ask: int(ask(underway)) > 0, "a run underway")  # type: ignore[misc]
            if "worker" in victims:
                worker.kill()
            if "database" in victims:
                kill_hard(live_pid(root), root)
                server.start()
            progress = ask("SELECT steps_done, steps_total FROM operations WHERE NOT done")
            assert progress, "the run had ended before the kill"
            print({"killed": victims, "scored of all": progress})  # noqa: T201
            assert ask("SELECT count(*) FROM pairings") == "0"
            if "worker" in victims:
                worker.start()
            assert finish(ask, name) == expected
        finally:
            worker.stop()
