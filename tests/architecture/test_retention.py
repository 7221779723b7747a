"""What is kept for a time is named with its setting in docs/privacy.md, and every process that can forget it does."""

import asyncio
import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.installation import SERVICES
from services.supervisor import Supervisor
from services.together import join_loops
from shared.db import Database
from shared.settings import CommonSettings, ServiceSettings
from shared.testing import SECRET_KEY
from shared.worker import Loop

PRIVACY = Path("docs/privacy.md").read_text(encoding="utf-8")
NOT_A_RETENTION = {"key_days", "grant_days"}
"""How long a key signs, and how far ahead a grant may end."""


def settings_of(service: str) -> ServiceSettings:
    kind: type[ServiceSettings] = import_module(f"services.{service}.settings").Settings
    return kind(database_url=SecretStr("postgresql+asyncpg://unused"), client_secret=SecretStr("x" * 32))


def loops_of(service: str) -> dict[str, Loop]:
    worker: Any = import_module(f"services.{service}.worker")
    given: list[Any] = [settings_of(service), CommonSettings(secret_key=SecretStr(SECRET_KEY))]
    if "database" in inspect.signature(worker.loops).parameters:
        given.append(Database("postgresql+asyncpg://unused", name="unused"))
    loops: dict[str, Loop] = worker.loops(*given)
    return loops


@pytest.mark.parametrize("service", SERVICES)
def test_every_retention_period_is_applied_by_the_worker_and_told(service: str) -> None:
    periods = {name for name in type(settings_of(service)).model_fields if name.endswith("_days")} - NOT_A_RETENTION
    source = inspect.getsource(import_module(f"services.{service}.worker"))
    assert periods >= {"answer_days", "operation_days", "job_days", "feed_days"}
    assert {name for name in periods if f"settings.{name}" not in source} == set()
    told = {name for name in periods if f"{service}_{name}".upper() in PRIVACY or f"…_{name.upper()}" in PRIVACY}
    assert told == periods


async def test_the_all_in_one_start_runs_every_loop_of_every_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[dict[str, Loop]] = []
    for service in SERVICES:
        for name, value in settings_of(service).model_dump(include={"database_url", "client_secret"}).items():
            monkeypatch.setenv(f"{service}_{name}".upper(), value.get_secret_value())
    monkeypatch.setenv("XIANGQIAO_SECRET_KEY", SECRET_KEY)

    async def note(loops: dict[str, Loop], _stop: asyncio.Event) -> None:
        ran.append(loops)

    module: Any = import_module("services.together")
    monkeypatch.setattr(module, "run_loops", note)
    monkeypatch.setattr(module, "configure_logs", lambda *_: None)
    monkeypatch.setattr(module, "stop_on_signals", asyncio.Event)
    await module.run_workers()
    assert set(ran[0]) == {name for service in SERVICES for name in loops_of(service)}
    assert {f"{service} tidying" for service in SERVICES} <= set(ran[0])


def test_no_loop_hides_another() -> None:
    loops = loops_of("registry")
    with pytest.raises(ValueError, match="alike"):
        join_loops(loops, loops)


def test_the_all_in_one_start_trims_every_audit_log_once_a_day_as_the_owner_roles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module: Any = import_module("services.supervisor")
    started: list[tuple[list[str], dict[str, str]]] = []
    now = [1000.0]
    monkeypatch.setattr(module, "start_child", lambda args, *, env, **_: started.append((args[1:], env)))
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    supervisor: Any = Supervisor(tmp_path, "127.0.0.1", 8000)
    supervisor._owners = {"REGISTRY_OWNER_DATABASE_URL": "owner"}
    supervisor._trim_audit_logs()
    supervisor._trim_audit_logs()
    assert [args for args, _ in started] == [["-m", f"services.{service}", "audit-trim"] for service in SERVICES]
    assert all(env["REGISTRY_OWNER_DATABASE_URL"] == "owner" for _, env in started)
    now[0] += module.TRIM_SECONDS
    supervisor._trim_audit_logs()
    assert len(started) == 2 * len(SERVICES)
