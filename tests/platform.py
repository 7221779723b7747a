"""The platform as it is deployed: each API and each worker a process of its own, on one embedded PostgreSQL."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import pytest

from shared.embedded_postgres import DatabaseAccess, EmbeddedPostgres
from shared.processes import start_child, stop_child

SERVICES = ("registry", "projects", "matching")
ROLES = {
    **dict.fromkeys(SERVICES, "service"),
    "system-administrator": "system_administrator",
    "security-administrator": "security_administrator",
    "security-administrator-2": "security_administrator",
    "audit-administrator": "audit_administrator",
}
READY_SECONDS = 120
FAULTS = "FAULTS" in os.environ
LONG = pytest.mark.skipif(not FAULTS, reason="it takes minutes: make faults")
ROOT = Path(__file__).parents[1]


class Platform:
    """Starts and stops the processes; any of them can be killed and started again."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self.postgres = EmbeddedPostgres(
            folder / "data", durable=durable, stop_with_parent=True, settings={"synchronous_commit": "on"}
        )
        self.secrets = {name: secrets.token_urlsafe(32) for name in ROLES}
        ports = free_ports(len(SERVICES))
        self._ports = dict(zip(SERVICES, ports, strict=True))
        self.urls = {service: f"http://127.0.0.1:{port}" for service, port in self._ports.items()}
        self.access: dict[str, DatabaseAccess] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self.postgres.start()
        self.access = self.postgres.ensure_databases(SERVICES)
        with ThreadPoolExecutor(len(SERVICES)) as threads:
            list(threads.map(lambda service: self._run(f"services.{service}", "migrate"), SERVICES))
        self._run("services.registry", "load-reference")
        clients = self.folder / "bootstrap.json"
        clients.write_text(
            json.dumps(
                [
                    {"client_id": name, "name": name, "role": role, "client_secret": self.secrets[name]}
                    for name, role in ROLES.items()
                ]
            )
        )
        self._run("services.registry", "bootstrap", str(clients))
        for service in SERVICES:
            self.start(f"{service}-api")
        self.await_ready()
        for service in SERVICES:
            self.start(f"{service}-worker")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            stop_child(process, grace_seconds=10)
        self.postgres.remove()

    def start(self, name: str) -> None:
        """Start ``<service>-api`` or ``<service>-worker``; what it logs is appended to a file of its name."""
        service, kind = name.split("-")
        module = f"services.{service}.worker" if kind == "worker" else f"services.{service}"
        port = [] if kind == "worker" else ["serve", "--port", str(self._ports[service])]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = start_child(
                [sys.executable, "-m", module, *port], env=self.environment(), cwd=ROOT, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        self.processes[name].kill()
        self.processes[name].wait()

    def await_ready(self) -> None:
        """Wait until all three APIs are ready."""
        deadline = time.monotonic() + READY_SECONDS
        with httpx.Client(timeout=5) as http:
            for service, url in self.urls.items():
                while not is_ready(http, f"{url}/{service}/readyz"):
                    process = self.processes[f"{service}-api"]
                    log = (self.folder / f"{service}-api.log").read_text(errors="replace")[-2000:]
                    assert process.poll() is None, f"{service} ended:\n{log}"
                    assert time.monotonic() < deadline, f"{service} is not ready:\n{log}"
                    time.sleep(0.1)

    def environment(self) -> dict[str, str]:
        """Return the settings of every process."""
        values = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "XIANGQIAO_SECRET_KEY": self.secrets["registry"] * 2,
            # Generated requests are many in a minute, from one client and one address.
            "XIANGQIAO_REQUESTS_PER_CLIENT": "0",
            "XIANGQIAO_REQUESTS_PER_ADDRESS": "0",
            "XIANGQIAO_AS_OF": "2026-11-22",
            "XIANGQIAO_REGISTRY_URL": f"{self.urls['registry']}/registry",
            "XIANGQIAO_PROJECTS_URL": f"{self.urls['projects']}/projects",
            "REGISTRY_TOWNS_UNDER": "51",
            "MATCHING_PUSH_ALLOWED_NETWORKS": '["127.0.0.0/8"]',
        }
        for service, access in self.access.items():
            values[f"{service.upper()}_DATABASE_URL"] = access.app_dsn
            values[f"{service.upper()}_OWNER_DATABASE_URL"] = access.owner_dsn
            values[f"{service.upper()}_CLIENT_SECRET"] = self.secrets[service]
        return values

    def _run(self, module: str, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=self.environment(), cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Give the run one platform; tests that use it stand in one group (``xdist_group("platform")``)."""
    with Platform(tmp_path_factory.mktemp("platform")) as running:
        yield running


def is_ready(http: httpx.Client, url: str) -> bool:
    """Tell whether an API answers that it is; a client for each question would cost more than the question."""
    try:
        return http.get(url).is_success
    except httpx.TransportError:
        return False


def free_ports(count: int) -> list[int]:
    """Return ports on the loopback that nobody uses now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
