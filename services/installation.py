"""What an all-in-one installation keeps in its folder: the secrets, the database and its port."""

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from shared.contracts.codes import Role
from shared.embedded_postgres import DatabaseAccess, EmbeddedPostgres, claim
from shared.embedded_postgres.errors import DataRootInUse

SERVICES = ("registry", "projects", "matching")
# Two for security: for each client that one makes the other lets in.
ADMINISTRATORS = {
    "system-administrator": Role.SYSTEM_ADMINISTRATOR,
    "security-administrator": Role.SECURITY_ADMINISTRATOR,
    "security-administrator-2": Role.SECURITY_ADMINISTRATOR,
    "audit-administrator": Role.AUDIT_ADMINISTRATOR,
}


def read_secrets(data: Path) -> dict[str, Any]:
    """Return the secrets of this installation, made when first needed and kept readable to the owner alone."""
    file = data / "secrets.json"
    fresh = {"secret_key": secrets.token_urlsafe(48), "clients": {}}
    known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else fresh
    if missing := [name for name in (*SERVICES, *ADMINISTRATORS) if name not in known["clients"]]:
        known["clients"] |= {name: secrets.token_urlsafe(32) for name in missing}
        data.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(known, stream, indent=1)
        file.with_suffix(".new").replace(file)
    return known


def settled_port(data: Path) -> int:
    """Return the database's port: chosen once, since the processes that run know it."""
    file = data / "database-port"
    if not file.exists():
        data.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            file.write_text(str(probe.getsockname()[1]))
    return int(file.read_text())


def own_settings(access: dict[str, DatabaseAccess], known: dict[str, Any]) -> dict[str, str]:
    """Return the settings that lead to the databases of this installation, as the app roles."""
    settings = {"XIANGQIAO_SECRET_KEY": str(known["secret_key"])}
    for service in SERVICES:
        settings[f"{service.upper()}_DATABASE_URL"] = access[service].app_dsn
        settings[f"{service.upper()}_CLIENT_SECRET"] = known["clients"][service]
    return settings


def owner_settings(access: dict[str, DatabaseAccess]) -> dict[str, str]:
    """Return the settings that lead to the same databases as the owner roles."""
    return {f"{service.upper()}_OWNER_DATABASE_URL": one.owner_dsn for service, one in access.items()}


def run_within(data: Path, command: Sequence[str]) -> int:
    """
    Run a command with the settings of an installation, those of the owner roles too; return its exit code.

    An installation that runs goes on; one that does not is kept from starting meanwhile.

    :raises EmbeddedPostgresFailed: if the database cannot be started
    """
    if not (data / "secrets.json").exists():
        sys.stderr.write(f"{data} 中没有平台数据 · no platform has its data in {data}\n")
        return 2
    with ExitStack() as stack:
        database = EmbeddedPostgres(data, port=settled_port(data))
        try:
            stack.enter_context(claim(data))
        except DataRootInUse:
            database.start()  # it is adopted, and stays
        else:
            stack.enter_context(database)
        access = database.ensure_databases(SERVICES)
        environment = os.environ | own_settings(access, read_secrets(data)) | owner_settings(access)
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603
