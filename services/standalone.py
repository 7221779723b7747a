"""The all-in-one start: embedded PostgreSQL, migrations, one API process and one worker process on one port."""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from services.installation import (
    ADMINISTRATORS,
    SERVICES,
    own_settings,
    owner_settings,
    read_secrets,
    run_within,
    settled_port,
)
from services.matching import main as matching
from services.matching import worker as matching_worker
from services.matching.settings import Settings as MatchingSettings
from services.projects import main as projects
from services.projects import worker as projects_worker
from services.projects.settings import Settings as ProjectsSettings
from services.registry import bootstrap
from services.registry import main as registry
from services.registry import worker as registry_worker
from services.registry.settings import Settings as RegistrySettings
from shared.audit.commands import TRIM
from shared.audit.keys import AUDIT_KEY, AuditKey, with_audit_key
from shared.contracts.codes import Role
from shared.db import Database
from shared.dispatcher import Dispatcher
from shared.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresFailed, claim, delete
from shared.logs import configure_logs, doing
from shared.migrations import upgrade
from shared.private_files import append_privately
from shared.processes import EndsAgainAndAgain, PortTaken, Restarts, require_free_port, start_child, stop_child
from shared.sealing import Sealer
from shared.serving import check_fitness, run_command, serve
from shared.settings import CommonSettings, load
from shared.worker import Loop, run_loops, stop_on_signals, worker_database

PROCESSES = ("api", "worker")
PAUSE_SECONDS = 1.0
TRIM_SECONDS = 86_400.0
FRONT_PAGE = "<!doctype html><meta charset=utf-8><title>乡桥 Xiangqiao</title><h1>乡桥 Xiangqiao</h1><ul>" + "".join(
    f'<li>{name}: <a href="/{name}/docs">docs</a> <a href="/{name}/openapi.json">openapi.json</a>' for name in SERVICES
)


async def run_apis(host: str, port: int) -> None:
    """Serve the three APIs in this process until a signal."""
    configure_logs("api", load(CommonSettings).log_level)
    apps = {"registry": registry.create_app(), "projects": projects.create_app(), "matching": matching.create_app()}
    for app in apps.values():
        await check_fitness(app.state.database)
    await serve(Dispatcher(apps, otherwise="registry", front_page=FRONT_PAGE), host=host, port=port)


async def run_workers() -> None:
    """Run the loops of the three workers in this process until a signal."""
    common = load(CommonSettings)
    configure_logs("worker", common.log_level)
    for_registry, for_projects = load(RegistrySettings), load(ProjectsSettings)
    async with (
        worker_database(for_registry, "registry-worker", info=with_audit_key(common)) as registry_database,
        worker_database(for_projects, "projects-worker", info=with_audit_key(common)) as projects_database,
    ):
        loops = [
            registry_worker.loops(for_registry, common, registry_database),
            projects_worker.loops(for_projects, common, projects_database),
            matching_worker.loops(load(MatchingSettings), common),
        ]
        await run_loops(join_loops(*loops), stop_on_signals())


def join_loops(*loops: dict[str, Loop]) -> dict[str, Loop]:
    """Return every loop of every worker: not one may be lost under another's name."""
    joined = {name: loop for some in loops for name, loop in some.items()}
    if len(joined) < sum(map(len, loops)):
        raise ValueError("two workers call a loop alike")
    return joined


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
        access = self._database.ensure_databases(SERVICES)
        for service in SERVICES:
            upgrade(Path(__file__).parent / service / "migrations", access[service].owner_dsn)
        known = read_secrets(self._data)
        url = own_address(self._host, self._port)
        environment = os.environ | {
            "XIANGQIAO_REGISTRY_URL": f"{url}/registry",
            "XIANGQIAO_PROJECTS_URL": f"{url}/projects",
        }
        environment |= own_settings(access, known)
        self._owners = owner_settings(access)
        self._say("正在载入行政区划与初始账户 · loading divisions and the first clients")
        asyncio.run(_fill_registry(access["registry"].app_dsn, known))
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
        return all(httpx.get(f"{url}/{service}/readyz", timeout=2).is_success for service in SERVICES)
    except httpx.TransportError:
        return False


async def _fill_registry(dsn: str, known: dict[str, Any]) -> None:
    roles = dict.fromkeys(SERVICES, Role.SERVICE) | ADMINISTRATORS
    clients = [
        bootstrap.BootstrapClient.model_validate(
            {"client_id": name, "name": name, "role": role, "client_secret": known["clients"][name]}
        )
        for name, role in roles.items()
    ]
    doing.set("bootstrap")
    audit_key = AuditKey(known["secret_key"])
    database = Database(dsn, name="registry-setup", info={AUDIT_KEY: audit_key})
    try:
        await bootstrap.load_reference(database, towns_under=os.environ.get("REGISTRY_TOWNS_UNDER", ""))
        await bootstrap.bootstrap_clients(database, Sealer(known["secret_key"]), clients)
    finally:
        await database.close()


def main() -> None:
    """Do what the command line asks: the whole platform, one of its two processes, or a command beside it."""
    parser = argparse.ArgumentParser(prog="python -m services.standalone", description=__doc__)
    parser.add_argument("process", nargs="?", choices=["all", "api", "worker", "clean", "run"], default="all")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--data", type=Path, default=Path(".data"), help="folder of the database, secrets and logs")
    parser.add_argument("command", nargs="*", help="of run: what to run in the environment of the platform, after --")
    parser.add_argument("--no-greeting", action="store_true", help="do not say when the platform is ready")
    options = parser.parse_args()
    if options.process == "api":
        asyncio.run(run_apis(options.host, options.port))
    elif options.process == "worker":
        asyncio.run(run_workers())
    elif options.process == "clean":
        _clean(options.data)
    elif options.process == "run":
        sys.exit(run_within(options.data, options.command))
    else:
        with claim(options.data):
            Supervisor(options.data, options.host, options.port, greets=not options.no_greeting).run()


def _clean(data: Path) -> None:
    if not data.exists():
        sys.stdout.write(f"没有 {data},无可删除 · there is no {data}, nothing to delete\n")
        return
    try:
        left = delete(data)
    except EmbeddedPostgresFailed as refused:
        sys.stderr.write(f"{refused}\n")
        sys.exit(2)
    sys.stdout.write(f"已删除 {data} 中的平台数据和数据库 · deleted the platform's data and database in {data}\n")
    if left:
        names = ", ".join(left)
        sys.stdout.write(f"以下文件不是平台所建,保留在 {data} · not made by the platform and kept in {data}: {names}\n")


if __name__ == "__main__":
    try:
        run_command(main)
    except (EmbeddedPostgresFailed, PortTaken, EndsAgainAndAgain) as failed:
        sys.exit(str(failed))
