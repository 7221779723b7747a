"""The all-in-one platform is killed, in parts and as a whole: it comes back, and nothing acknowledged is lost."""

import asyncio
import contextlib
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.actors import PROVINCE, Actor, Cast
from services.installation import SERVICES, read_secrets
from tests.faults.standalone import Standalone, wait_until
from tests.platform import LONG

pytestmark = [LONG, pytest.mark.xdist_group("standalone")]

EVERYTHING = ("supervisor", "api", "worker", "postmaster")
WRITERS = 4
ASSOCIATION = {"type": "community_organization", "level": "community", "is_legal_person": False,
               "registered_division": "513431000000", "charter_scope": "养蜂技术培训与推广"}  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    standalone = Standalone(tmp_path_factory.mktemp("standalone") / "data", REGISTRY_TOWNS_UNDER="")
    standalone.start()
    standalone.await_ready()
    yield standalone
    if (standalone.data / "secrets.json").exists():  # the last test may have cleaned it
        standalone.clean()


@contextlib.asynccontextmanager
async def civil_officer(running: Standalone) -> Any:
    secrets = read_secrets(running.data)["clients"]
    cast = Cast(dict.fromkeys(SERVICES, running.url), secrets, running.data / "clients.json")
    try:
        yield await cast.play("civil", "civil_affairs_officer", "民政", division=PROVINCE)
    finally:
        await cast.close()


async def enrol(officer: Actor, name: str) -> str:
    made = await officer.post("/registry/v1/organizations", {**ASSOCIATION, "name": name})
    return str(made["id"])


def is_mirrored(running: Standalone, organization_id: str) -> bool:
    """Tell whether the worker has carried an organization from registry to projects."""
    return running.count("projects", f"organizations WHERE id = '{organization_id}'") == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["api", "worker", "postmaster"])
async def test_the_supervisor_brings_back_what_was_killed(running: Standalone, name: str) -> None:
    before = running.find(name)
    async with civil_officer(running) as officer:
        earlier = await enrol(officer, f"{name} 停止之前的协会")
        running.kill(name)
        # Requests during the outage are repeated by the client and answered when all is back.
        later = await enrol(officer, f"{name} 停止之时的协会")
    wait_until(lambda: running.find(name) not in {None, before}, f"{name} is back")
    running.await_ready()
    for organization_id in (earlier, later):
        wait_until(lambda one=organization_id: is_mirrored(running, one), "the worker works")  # type: ignore[misc]
    assert running.find("supervisor")


async def test_nothing_acknowledged_is_lost_or_doubled_when_everything_is_killed_at_once(running: Standalone) -> None:
    acknowledged: list[str] = []
    async with civil_officer(running) as officer:

        async def write(writer: int) -> None:
            for number in range(10):
                acknowledged.append(await enrol(officer, f"第{writer}号协会 {number}"))

        writers = [asyncio.create_task(write(number)) for number in range(WRITERS)]
        while len(acknowledged) < WRITERS * 3:
            await asyncio.sleep(0.01)
        running.kill(*EVERYTHING)
        at_kill = len(acknowledged)
        running.start()
        await asyncio.to_thread(running.await_ready)
        await asyncio.gather(*writers)
    assert WRITERS * 3 <= at_kill < WRITERS * 10
    assert len(set(acknowledged)) == WRITERS * 10
    # A request that was answered to nobody and sent again with its key has one effect.
    assert running.count("registry", "organizations WHERE name LIKE '第%号协会%'") == WRITERS * 10
    for organization_id in acknowledged:
        wait_until(lambda one=organization_id: is_mirrored(running, one), "the worker reads on")  # type: ignore[misc]


def test_sigterm_stops_everything_and_clean_leaves_nothing(running: Standalone) -> None:
    assert all(running.find(name) for name in EVERYTHING)
    assert running.first is not None
    running.first.send_signal(signal.SIGTERM)
    assert running.first.wait(60) == 0
    assert not running.list_left()
    cluster = running.cluster
    assert (cluster / "PG_VERSION").exists()
    running.clean()
    assert not cluster.exists()
    assert cluster.is_relative_to(running.data) or not cluster.parent.exists(), "something is left outside"
    assert not (running.data / "postgres").exists()


@pytest.mark.slow
def test_the_demo_killed_in_the_middle_of_its_story_tells_it_to_the_end(tmp_path: Path) -> None:
    demo = Standalone(tmp_path / "data")
    moments = {
        "while demands are published": lambda: demo.count("projects", "demands WHERE status = 'published'") >= 10,
        "while a run is underway": lambda: demo.count("matching", "runs WHERE underway") == 1,
        "while pairings are confirmed": lambda: demo.count("matching", "pairings WHERE status = 'confirmed'") >= 4,
        "while agreements are carried out": lambda: demo.count("matching", "pairings WHERE status = 'started'") >= 1,
    }
    try:
        for moment, reached in moments.items():
            demo.start("deploy.demo", "--once")
            wait_until(lambda seen=reached: seen() or not demo.find("demo"), moment, seconds=600)  # type: ignore[misc]
            demo.kill("demo", *EVERYTHING)
        demo.start("deploy.demo", "--once")
        assert demo.first is not None
        assert demo.first.wait(600) == 0, demo.data.with_suffix(".log").read_text(errors="replace")[-4000:]
        report = json.loads((demo.data / "demo-report.json").read_text(encoding="utf-8"))
        print(report)  # noqa: T201
        assert report["demands"] == 90
        assert report["published"] == 71
        assert report["confirmed"] == report["commitments"] > 0
        assert report["lost_race"] >= 1
        assert (report["completed"], report["fell_through"]) == (1, 1)
        assert report["next_best"] > 0
        assert report["signatures_verified"] == report["pushed"] > 0
        demo.start()
        demo.await_ready()
        assert_nobody_has_too_much(demo)
    finally:
        if demo.first is not None:
            demo.first.terminate()
            demo.first.wait(60)
        demo.clean()


def assert_nobody_has_too_much(demo: Standalone) -> None:
    """Look into the databases themselves for what must never be."""
    taken = "(SELECT {0}, count(*) AS held FROM commitments WHERE status <> 'released' GROUP BY 1) AS taken"
    demands = f"demands JOIN {taken.format('demand_id')} ON demand_id = id"
    supplies = f"supplies JOIN {taken.format('supply_id')} ON supply_id = id"
    assert demo.count("projects", demands) > 0
    assert demo.count("projects", f"{demands} WHERE held > places OR held <> places_taken") == 0
    assert demo.count("projects", supplies) > 0
    over = "held + capacity_used_elsewhere > capacity_total OR held <> capacity_used_here"
    assert demo.count("projects", f"{supplies} WHERE {over}") == 0
    twice = "(SELECT 1 FROM pairing_events WHERE happened = 'confirmed' GROUP BY pairing_id HAVING count(*) > 1) AS x"
    assert demo.count("matching", twice) == 0
    assert demo.count("matching", "pairings WHERE status = 'confirming'") == 0
