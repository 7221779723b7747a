"""What the data root remembers of its PostgreSQL: passwords, place and port, in files for the owner's eyes only."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shared.embedded_postgres.errors import ClusterOutOfReach

SUPERUSER = "postgres"


class Records:
    """The folder ``postgres`` of a data root."""

    def __init__(self, data_root: Path) -> None:
        self.folder = data_root.resolve() / "postgres"
        self.passwords_at = self.folder / "passwords.json"
        self.location_at = self.folder / "location.json"
        self.log_at = self.folder / "server.log"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """
        Hold the lock that only one start, stop or preparation of this cluster has at a time.

        :raises ClusterOutOfReach: if the folder belongs to another user
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError:
            raise ClusterOutOfReach(place=self.folder) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def keep_password(self, role: str) -> str:
        """Return the password of a role, made at random and written down when it is first asked for."""
        passwords = read_json(self.passwords_at)
        if role not in passwords:
            passwords[role] = secrets.token_urlsafe(24)
            write_json(self.passwords_at, passwords)
        return str(passwords[role])

    def read_password(self, role: str) -> str:
        """
        Return the recorded password of a role.

        :raises KeyError: if none is recorded
        """
        return str(read_json(self.passwords_at)[role])

    def knows_superuser(self) -> bool:
        """Tell whether this data root has made a cluster before."""
        return SUPERUSER in read_json(self.passwords_at)

    def read_location(self) -> dict[str, Any]:
        """Return what is recorded: ``port``, and ``place`` and ``identity`` when the cluster lies elsewhere."""
        return read_json(self.location_at)

    def write_location(self, **facts: Any) -> None:
        """Record facts beside those that are recorded."""
        write_json(self.location_at, {**self.read_location(), **facts})


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a file, empty if there is no file."""
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return {}


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Replace a file as a whole, readable by its owner only."""
    half = path.with_suffix(".half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
