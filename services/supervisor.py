"""The supervisor of the all-in-one start, which imports little: it says within a second why it cannot start."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from services.installation import SERVICES, own_settings, owner_settings, read_secrets, settled_port
from shared.embedded_postgres import EmbeddedPostgres
from shared.private_files import append_privately
from shared.processes import Restarts, require_free_port, start_child, stop_child

PROCESSES = ("api", "worker")
PAUSE_SECONDS = 1.0
TRIM = "audit-trim"
TRIM_SECONDS = 86_400.0


class Supervisor:
    """Starts the database and the two processes, starts again what died, and stops all in order."""

    def __init__(self, data: Path, host: str, port: int, *, greets: bool = True) -> None:
        self._data, self._host, self._port = data, host, port
        self._database = EmbeddedPostgres(data, port=settled_port(data))
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._restarts = {name: Restarts(name, data / f"{name}.log") for name in PROCESSES}
        self._stopping = False
        self._to_greet = greets
        self._environment: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        self._trim_at = 0.0

    def run(self) -> None:
        """
        Work until SIGTERM or SIGINT.

        :raises EndsAgainAndAgain: if a process does not stay
        :raises PortTaken: if another program listens on the port
        """
        require_free_port(self._host, self._port)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self._say("正在启动内置 PostgreSQL · starting embedded PostgreSQL")
        self._database.start()
        try:
            self._environment = self._prepare()
            while not self._stopping:
                self._watch()
                self._trim_audit_logs()
                self._greet()
                time.sleep(PAUSE_SECONDS)
        finally:
            for child in reversed(self._children.values()):
                stop_child(child, grace_seconds=25)
            self._database.stop()

    def _prepare(self) -> dict[str, str]:
        """Bring databases, schemas, reference tables and first clients to where the services can start."""
        # Only here: who is refused the port or the folder does not wait for what these import.
        from services.preparing import fill_registry, upgrade_all

        access = self._database.ensure_databases(SERVICES)
        upgrade_all(access)
        known = read_secrets(self._data)
        url = own_address(self._host, self._port)
        environment = os.environ | {
            "XIANGQIAO_REGISTRY_URL": f"{url}/registry",
            "XIANGQIAO_PROJECTS_URL": f"{url}/projects",
        }
        environment |= own_settings(access, known)
        self._owners = owner_settings(access)
        self._say("正在载入行政区划与初始账户 · loading divisions and the first clients")
        asyncio.run(fill_registry(access["registry"].app_dsn, known))
        return environment

    def _watch(self) -> None:
        if not self._database.is_alive():
            self._say("数据库已停止,正在重启 · the database ended and is started again")
            self._database.start()
        for name in PROCESSES:
            child = self._children.get(name)
            code = None if child is None else child.poll()
            if child is not None and code is None:
                continue
            if code is not None:
                self._restarts[name].judge(code)
                self._say(f"{name} 进程已退出,正在重启 · process {name} ended and is started again")
            arguments = [sys.executable, "-m", "services.standalone", name]
            arguments += ["--host", self._host, "--port", str(self._port)]
            self._restarts[name].begin()
            with append_privately(self._data / f"{name}.log") as log:
                self._children[name] = start_child(arguments, env=self._environment, stdout=log, stderr=log)

    def _trim_audit_logs(self) -> None:
        """Once a day delete what the audit logs need not keep: in processes of their own, told the owner roles."""
        if time.monotonic() < self._trim_at:
            return
        self._trim_at = time.monotonic() + TRIM_SECONDS
        for service in SERVICES:
            arguments = [sys.executable, "-m", f"services.{service}", TRIM]
            with append_privately(self._data / "audit-trim.log") as log:
                self._children[f"{service} {TRIM}"] = start_child(
                    arguments, env=self._environment | self._owners, stdout=log, stderr=log
                )

    def _greet(self) -> None:
        """Say once that the platform is ready, where, and in which file the first credentials are."""
        url = own_address(self._host, self._port)
        if not self._to_greet or not is_ready(url):
            return
        self._to_greet = False
        self._say(f"平台已就绪 · ready: {url}/")
        for service in SERVICES:
            self._say(f"  {url}/{service}/docs")
        self._say(f"三员初始账户 · the first credentials (three administrators): {self._data / 'secrets.json'}")

    def _stop(self, *_signal: object) -> None:
        self._stopping = True

    def _say(self, text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def own_address(host: str, port: int) -> str:
    """Return the address at which the processes of this machine reach what listens on a host and port."""
    reached = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def is_ready(url: str) -> bool:
    """Tell whether all three services answer that they are ready."""
    try:
        with httpx.Client(timeout=2) as http:
            return all(http.get(f"{url}/{service}/readyz").is_success for service in SERVICES)
    except httpx.TransportError:
        return False
