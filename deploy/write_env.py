"""Write ``deploy/.env`` and ``deploy/bootstrap.json`` with fresh secrets, once: ``make compose-env``."""

import json
import os
import secrets
import sys
from pathlib import Path

from shared.private_files import write_privately

FOLDER = Path(__file__).parent
SERVICES = ("registry", "projects", "matching")
ADMINISTRATORS = {
    "system-administrator": "system_administrator",
    # Two of them, for each client that one makes the other lets in.
    "security-administrator": "security_administrator",
    "security-administrator-2": "security_administrator",
    "audit-administrator": "audit_administrator",
}


def main() -> None:
    """Write both files; what exists is left alone."""
    environment, bootstrap = FOLDER / ".env", FOLDER / "bootstrap.json"
    if environment.exists():
        sys.stdout.write(f"已存在,未改动 · already there, left as it is: {environment}\n")
        return
    values = {"POSTGRES_PASSWORD": secrets.token_urlsafe(24), "XIANGQIAO_SECRET_KEY": secrets.token_urlsafe(48)}
    clients = []
    for service in SERVICES:
        values[f"{service.upper()}_OWNER_PASSWORD"] = secrets.token_urlsafe(24)
        values[f"{service.upper()}_APP_PASSWORD"] = secrets.token_urlsafe(24)
        values[f"{service.upper()}_CLIENT_SECRET"] = secrets.token_urlsafe(32)
        clients.append(_client(service, "service", values[f"{service.upper()}_CLIENT_SECRET"]))
    clients += [_client(name, role, secrets.token_urlsafe(32)) for name, role in ADMINISTRATORS.items()]
    # Compose mounts the file into a container, which reads it as the user who alone may.
    values["BOOTSTRAP_USER"] = f"{os.getuid()}:{os.getgid()}"
    write_privately(bootstrap, json.dumps(clients, indent=1) + "\n")
    write_privately(environment, "".join(f"{name}={value}\n" for name, value in values.items()))
    sys.stdout.write(f"已写入新密钥 · wrote fresh secrets: {environment}, {bootstrap}\n")


def _client(client_id: str, role: str, secret: str) -> dict[str, str]:
    return {"client_id": client_id, "name": client_id, "role": role, "client_secret": secret}


if __name__ == "__main__":
    main()
