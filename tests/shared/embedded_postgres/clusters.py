"""The cluster of a data root as it lies on the disk, and the server that holds it."""

import os
import signal
import time
from pathlib import Path

import pytest

from shared.embedded_postgres import postmaster
from shared.embedded_postgres.records import Records

as_root_only = pytest.mark.skipif(os.getuid() != 0, reason="only root drops to another user")


def plain(dsn: str) -> str:
    return dsn.replace("+asyncpg", "")


def cluster_of(data_root: Path) -> Path:
    records = Records(data_root)
    place = records.read_location().get("place")
    inside = records.folder / "cluster"
    return inside if inside.exists() or place is None else Path(place) / "cluster"


def live_pid(data_root: Path) -> int:
    found = postmaster.find(cluster_of(data_root))
    assert found is not None
    return found.pid


def kill_hard(pid: int, data_root: Path) -> None:
    os.kill(pid, signal.SIGKILL)
    wait_until_dead(data_root)


def wait_until_dead(data_root: Path) -> None:
    for _ in range(200):
        if postmaster.find(cluster_of(data_root)) is None:
            return
        time.sleep(0.05)
    raise AssertionError("the server lives on")
