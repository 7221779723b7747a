"""Children that end with their parent, and how a parent ends them."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.processes import EndsAgainAndAgain, PortTaken, Restarts, require_free_port, start_child, stop_child

PROJECT = Path(__file__).parents[2]


def is_alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def wait_until_dead(pid: int) -> None:
    for _ in range(100):
        if not is_alive(pid):
            return
        time.sleep(0.05)
    raise AssertionError("the child lives on")


def start_parent(parent_death: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start a parent that starts a child, and return both: the parent and the child's number."""
    program = (
        "import signal, time; from shared.processes import start_child\n"
        f"child = start_child(['sleep', '60'], parent_death={parent_death})\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    parent = start_child([sys.executable, "-c", program], cwd=PROJECT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def end_hard(parent: subprocess.Popen[bytes]) -> None:
    parent.kill()
    parent.wait()
    assert parent.stdout is not None
    parent.stdout.close()


@pytest.mark.parametrize("parent_death", ["signal.SIGKILL", "signal.SIGTERM"])
def test_a_child_dies_with_its_killed_parent(parent_death: str) -> None:
    parent, child = start_parent(parent_death)
    assert is_alive(child)
    end_hard(parent)
    wait_until_dead(child)


def test_a_child_may_outlive_its_parent() -> None:
    parent, child = start_parent("None")
    end_hard(parent)
    time.sleep(0.2)
    assert is_alive(child)
    os.kill(child, signal.SIGKILL)
    wait_until_dead(child)


def test_a_child_leads_a_group_of_its_own() -> None:
    child = start_child(["sleep", "60"])
    assert os.getpgid(child.pid) == child.pid
    assert os.getsid(child.pid) == child.pid
    assert stop_child(child) == -signal.SIGTERM


def test_a_child_gets_the_environment_that_is_given_and_no_other() -> None:
    child = start_child(["/usr/bin/env"], env={"ONLY": "this"}, stdout=subprocess.PIPE)
    output, _ = child.communicate()
    assert output == b"ONLY=this\n"
    assert stop_child(child) == 0


def test_a_child_that_ignores_the_request_is_killed_with_its_group() -> None:
    child = start_child(["/bin/sh", "-c", "trap '' TERM; sleep 60 & echo $!; wait; wait"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    grandchild = int(child.stdout.readline())
    assert stop_child(child, grace_seconds=0.3) == -signal.SIGKILL
    wait_until_dead(grandchild)
    child.stdout.close()


@pytest.mark.skipif(os.getuid() != 0, reason="only root drops to another user")
def test_a_child_dropped_to_another_user_dies_with_its_parent_too() -> None:
    program = (
        "import time; from shared.processes import start_child\n"
        "child = start_child(['sleep', '60'], user=(65534, 65534))\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    parent = start_child([sys.executable, "-c", program], cwd=PROJECT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert Path(f"/proc/{child}").stat().st_uid == 65534
    end_hard(parent)
    wait_until_dead(child)


def test_a_port_that_somebody_listens_on_is_told_from_a_free_one() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} is in use; PORT= chooses another"):
            require_free_port("127.0.0.1", port)
    require_free_port("127.0.0.1", port)


def test_a_child_that_ends_at_once_again_and_again_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text("first\n" + "line\n" * 20 + "the reason\n")
    restarts = Restarts("api", log)
    for _ in range(Restarts.MOST):
        restarts.begin()
        restarts.judge(3)
    with pytest.raises(EndsAgainAndAgain, match="the reason") as given_up:
        restarts.judge(3)
    assert "first" not in str(given_up.value)


def test_a_child_that_is_killed_or_stayed_for_long_may_always_start_again(tmp_path: Path) -> None:
    killed, lasting = (Restarts("api", tmp_path / "api.log") for _ in range(2))
    killed.begin()
    for _ in range(Restarts.MOST * 2):
        killed.judge(-signal.SIGKILL)
        lasting.judge(1)  # it never began lately
