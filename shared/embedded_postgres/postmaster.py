"""The processes of a cluster as the system shows them, whoever started them."""

import contextlib
import hashlib
import os
import signal
import time
from pathlib import Path
from typing import NamedTuple

from shared.embedded_postgres.errors import ClusterStillHeld, ServerNotStopped

POLL_SECONDS = 0.05
PATIENCE = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
"""What a server is told to end: fast shutdown, then immediate shutdown, then no choice; seconds for each."""


class Postmaster(NamedTuple):
    """A live server: process id, port, and its status (``starting``, ``ready``, ``stopping``)."""

    pid: int
    port: int
    status: str


def name_cluster(cluster: Path) -> str:
    """Return the ``cluster_name`` by which the processes of this cluster are known in their titles."""
    return "xiangqiao-" + hashlib.sha256(os.fsencode(cluster)).hexdigest()[:16]


def find(cluster: Path) -> Postmaster | None:
    """Return the live server of a cluster, or nothing if ``postmaster.pid`` is absent, stale or another's."""
    try:
        lines = (cluster / "postmaster.pid").read_text("utf-8").splitlines()
        pid, port = int(lines[0]), int(lines[3])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    # The folder on the command line tells it from a process that got the same number since.
    if os.fsencode(cluster) not in _read_command(pid):
        return None
    return Postmaster(pid, port, lines[7].strip() if len(lines) > 7 else "starting")


def stop(cluster: Path) -> None:
    """
    End the live server of a cluster, if there is one, with a fast shutdown first.

    :raises ServerNotStopped: if it outlives even SIGKILL
    """
    server = find(cluster)
    if server is None:
        return
    for told, seconds in PATIENCE:
        _send(server.pid, told)
        for _ in range(int(seconds / POLL_SECONDS)):
            if not _read_command(server.pid):
                return
            time.sleep(POLL_SECONDS)
    raise ServerNotStopped(pid=server.pid)


def clear_orphans(cluster: Path, *, seconds: float = 10) -> None:
    """
    Wait for the processes that a killed server left behind, which hold its memory, and hasten their end.

    :raises ClusterStillHeld: if some are still there after the time
    """
    rounds = int(seconds / POLL_SECONDS)
    for turn in range(rounds):
        orphans = list_orphans(cluster)
        if not orphans:
            return
        for pid in orphans:
            _send(pid, signal.SIGQUIT if turn < rounds // 5 else signal.SIGKILL)
        time.sleep(POLL_SECONDS)
    raise ClusterStillHeld(pids=", ".join(str(pid) for pid in list_orphans(cluster)))


def forget_stale(cluster: Path) -> None:
    """Delete a ``postmaster.pid`` whose number another process has now: PostgreSQL would take it for its own."""
    pid_at = cluster / "postmaster.pid"
    if find(cluster) is None and pid_at.exists():
        number = pid_at.read_text("utf-8").split("\n", 1)[0]
        if number.isdigit() and not Path("/proc", number).exists():
            return  # PostgreSQL sees by itself that it is stale
        pid_at.unlink()


def list_orphans(cluster: Path) -> list[int]:
    """Return the processes below a server of this cluster; orphans, if no server is live."""
    title = f"postgres: {name_cluster(cluster)}: ".encode()
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if b" ".join(_read_command(pid)).startswith(title)]


def _read_command(pid: int) -> list[bytes]:
    """Return a process's command line; empty for one that is dead, or dead and not reaped yet."""
    try:
        return [part for part in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") if part]
    except OSError:
        return []


def _send(pid: int, told: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, told)
