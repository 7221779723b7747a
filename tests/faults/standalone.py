"""The all-in-one platform as processes of its own that a test kills: supervisor, API, worker and postmaster."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from services.installation import SERVICES
from shared.database_roles import name_layout
from shared.embedded_postgres import postmaster
from shared.embedded_postgres.binaries import run_psql
from shared.embedded_postgres.errors import StatementFailed
from shared.embedded_postgres.location import settle_location
from shared.embedded_postgres.records import SUPERUSER, Records
from shared.processes import start_child
from tests.platform import free_ports

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 240


def wait_until(reached: Callable[[], object], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.05)


class Standalone:
    """``python -m services.standalone``, or the demo that starts it, on one data folder and one port."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.first: subprocess.Popen[bytes] | None = None
        self._environment = os.environ | environment | {"XIANGQIAO_AS_OF": "2026-11-22", "PYTHONPATH": str(ROOT)}

    def start(self, module: str = "services.standalone", *arguments: str) -> None:
        """Start it; it ends with the test's process."""
        command = [sys.executable, "-m", module, "--port", str(self.port), "--data", str(self.data), *arguments]
        with self.data.with_suffix(".log").open("ab") as log:
            self.first = start_child(
                command, env=self._environment, cwd=ROOT, stdout=log, stderr=log, parent_death=signal.SIGTERM
            )

    def clean(self) -> None:
        """Run the command that stops the database and deletes it."""
        command = [sys.executable, "-m", "services.standalone", "clean", "--data", str(self.data)]
        subprocess.run(command, env=self._environment, cwd=ROOT, check=True)

    def is_ready(self) -> bool:
        """Tell whether all three services answer that they are ready."""
        try:
            return all(httpx.get(f"{self.url}/{service}/readyz", timeout=5).is_success for service in SERVICES)
        except httpx.TransportError:
            return False

    def await_ready(self) -> None:
        """Wait until the platform is ready, unless it has ended."""
        wait_until(lambda: self.is_ready() or self._has_ended(), "readyz")
        assert not self._has_ended(), self.data.with_suffix(".log").read_text(errors="replace")[-2000:]

    @property
    def cluster(self) -> Path:
        """Return where the database lies, which may be outside the data folder."""
        return settle_location(Records(self.data)).cluster

    def find(self, name: str) -> int | None:
        """Return the live process ``api``, ``worker``, ``supervisor``, ``demo`` or ``postmaster`` of this folder."""
        if name == "postmaster":
            server = postmaster.find(self.cluster)
            return server and server.pid
        wanted = {"demo": ["-m", "deploy.demo"], "supervisor": ["-m", "services.standalone", "--port"]}
        start = wanted.get(name, ["-m", "services.standalone", name])
        return next((pid for pid, command in self._processes() if command[1 : 1 + len(start)] == start), None)

    def kill(self, *names: str) -> None:
        """End processes as a power cut would, all in one moment."""
        pids = [pid for name in names if (pid := self.find(name))]
        assert len(pids) == len(names), (names, pids)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        if self.first is not None and self.first.pid in pids:
            self.first.wait()

    def ask(self, service: str, query: str) -> str:
        """Return what a query yields as superuser, or nothing while the database is away."""
        records = Records(self.data)
        try:
            return run_psql(
                query,
                port=int((self.data / "database-port").read_text()),
                password=records.read_password(SUPERUSER),
                passwords_at=records.passwords_at,
                database=name_layout(service).database,
                env=None,
            )
        except (StatementFailed, FileNotFoundError, KeyError):
            return ""

    def count(self, service: str, rows: str) -> int:
        """Return how many rows ``table WHERE …`` has; 0 while the database is away."""
        return int(self.ask(service, f"SELECT count(*) FROM {rows}") or 0)  # noqa: S608

    def list_left(self) -> Sequence[int]:
        """Return the processes of this platform that live, the database's among them."""
        return [pid for pid, _ in self._processes()] + postmaster.list_orphans(self.cluster)

    def _has_ended(self) -> bool:
        return self.first is None or self.first.poll() is not None

    def _processes(self) -> list[tuple[int, list[str]]]:
        """Return the live Python processes that serve this port, with their command lines."""
        found = []
        for entry in Path("/proc").iterdir():
            # It is empty for one that is dead and not reaped yet.
            with contextlib.suppress(OSError):
                command = (entry / "cmdline").read_text().split("\0") if entry.name.isdigit() else []
                if "--port" in command and str(self.port) in command:
                    found.append((int(entry.name), command))
        return found
