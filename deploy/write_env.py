"""Write ``deploy/.env`` and ``deploy/bootstrap.json`` with fresh secrets, once: ``make compose-env``."""

import json
import os
import secrets
from pathlib import Path

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
    _write(bootstrap, json.dumps(clients, indent=1) + "\n")
    _write(environment, "".join(f"{name}={value}\n" for name, value in values.items()))


def _client(client_id: str, role: str, secret: str) -> dict[str, str]:
    return {"client_id": client_id, "name": client_id, "role": role, "client_secret": secret}


def _write(file: Path, text: str) -> None:
    """Write a file that its owner alone may read."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)  # a file that was there before keeps its mode otherwise
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


if __name__ == "__main__":
    main()
