"""What an all-in-one installation keeps in its folder: the secrets, the database and its port; and its audit check."""

import json
import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from shared.audit.commands import VERIFY
from shared.contracts.codes import Role
from shared.embedded_postgres import DatabaseAccess, EmbeddedPostgres

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


def verify_audit_logs(data: Path, heads: Path | None) -> int:
    """Check the audit logs of an installation, whether it runs or not, each also where another is broken."""
    if not (data / "secrets.json").exists():
        sys.stderr.write(f"{data} 中没有平台数据 · no platform has its data in {data}\n")
        return 2
    database = EmbeddedPostgres(data, port=settled_port(data), stop_with_parent=True)
    database.start()
    try:
        environment = os.environ | own_settings(database.ensure_databases(SERVICES), read_secrets(data))
        kept = ["--heads", str(heads)] if heads else []
        codes = [
            subprocess.run([sys.executable, "-m", f"services.{service}", VERIFY, *kept], env=environment, check=False)  # noqa: S603
            for service in SERVICES
        ]
    finally:
        if not database.adopted:
            database.stop()
    return int(any(one.returncode for one in codes))
