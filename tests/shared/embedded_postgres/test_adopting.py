"""A server that runs already is adopted, or replaced where it is of no use."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.embedded_postgres import EmbeddedPostgres, errors, postmaster, server
from shared.processes import start_child
from tests.shared.embedded_postgres.clusters import cluster_of, live_pid, wait_until_dead

PROJECT = Path(__file__).parents[3]


def supervise(data_root: Path, *, stop_with_parent: bool) -> subprocess.Popen[bytes]:
    """Start the server from another process, which then waits to be killed."""
    program = (
        "import sys, time; from pathlib import Path; from shared.embedded_postgres import EmbeddedPostgres\n"
        f"e = EmbeddedPostgres(Path(sys.argv[1]), durable=False, stop_with_parent={stop_with_parent})\n"
        "e.start(); print(e.adopted, flush=True); time.sleep(120)"
    )
    return start_child(
        [sys.executable, "-c", program, data_root],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path])},
        stdout=subprocess.PIPE,
    )


def read_answer(supervisor: subprocess.Popen[bytes]) -> str:
    assert supervisor.stdout is not None
    return supervisor.stdout.readline().decode().strip()


def kill_supervisor(supervisor: subprocess.Popen[bytes]) -> None:
    supervisor.kill()
    supervisor.wait()
    assert supervisor.stdout is not None
    supervisor.stdout.close()


def test_a_live_server_is_adopted_after_the_supervisor_was_killed(open_root: Path) -> None:
    supervisor = supervise(open_root, stop_with_parent=False)
    assert read_answer(supervisor) == "False"
    kill_supervisor(supervisor)
    before = live_pid(open_root)
    embedded = EmbeddedPostgres(open_root, durable=False)
    embedded.start()
    assert embedded.adopted
    assert live_pid(open_root) == before
    assert embedded.run_script("SELECT 1") == "1"
    embedded.stop()
    wait_until_dead(open_root)
    embedded.remove()


def test_a_test_server_ends_with_its_killed_parent(open_root: Path) -> None:
    supervisor = supervise(open_root, stop_with_parent=True)
    assert read_answer(supervisor) == "False"
    kill_supervisor(supervisor)
    wait_until_dead(open_root)
    EmbeddedPostgres(open_root).remove()


def test_of_two_starts_at_once_the_second_adopts(open_root: Path) -> None:
    supervisors = [supervise(open_root, stop_with_parent=False) for _ in range(2)]
    assert sorted(read_answer(supervisor) for supervisor in supervisors) == ["False", "True"]
    for supervisor in supervisors:
        kill_supervisor(supervisor)
    EmbeddedPostgres(open_root).remove()


def test_a_server_that_is_not_durable_is_replaced_by_one_that_is(postgres: EmbeddedPostgres, kept_root: Path) -> None:
    durable = EmbeddedPostgres(kept_root, stop_with_parent=True)
    durable.start()
    assert not durable.adopted
    assert durable.run_script("SHOW fsync") == "on"
    assert durable.port == postgres.port
    durable.stop()


def test_a_server_that_hangs_is_replaced(
    postgres: EmbeddedPostgres, kept_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "PATIENCE", ((signal.SIGINT, 0.2), (signal.SIGKILL, 5.0)))
    monkeypatch.setattr(server, "ADOPT_QUESTIONS", 1)
    before = live_pid(kept_root)
    os.kill(before, signal.SIGSTOP)
    postgres.start()
    assert live_pid(kept_root) != before


def test_a_server_that_is_never_ready_is_replaced(
    postgres: EmbeddedPostgres, kept_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ADOPT_SECONDS", 0.2)
    before = live_pid(kept_root)
    pid_at = cluster_of(kept_root) / "postmaster.pid"
    pid_at.write_text(pid_at.read_text().replace("ready", "starting"))
    postgres.start()
    assert live_pid(kept_root) != before


def test_a_server_with_another_password_is_not_adopted(postgres: EmbeddedPostgres) -> None:
    kept = postgres._records.passwords_at.read_text()
    postgres._records.passwords_at.write_text(json.dumps({"postgres": "another"}))
    with pytest.raises(errors.PasswordRefused):
        postgres.start()
    postgres._records.passwords_at.write_text(kept)
