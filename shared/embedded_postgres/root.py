"""The data root as a whole: one supervisor at a time works on it, and only what the platform made is deleted."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.embedded_postgres.errors import DataRootInUse, DataRootNotOurs
from shared.embedded_postgres.records import read_json
from shared.embedded_postgres.server import EmbeddedPostgres
from shared.private_files import make_private_folder

LOCK = "supervisor.lock"
KNOWN = "secrets.json"
MADE_HERE = (KNOWN, "secrets.new", "database-port", "*.log", "demo-*", LOCK)


@contextmanager
def claim(folder: Path) -> Iterator[None]:
    """
    Hold a data root alone; the system lets it go when the process ends, however it ended.

    :raises DataRootInUse: if a live process holds it
    """
    make_private_folder(folder)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(handle, 20).decode("ascii", "replace").strip() or "?"
            raise DataRootInUse(folder=folder, pid=pid) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(handle)


def delete(folder: Path) -> list[str]:
    """
    Stop the database of a data root, delete what the platform has made in it, and return the names of what is left.

    :raises DataRootInUse: if a platform runs on it; nothing is touched
    :raises DataRootNotOurs: if it is no data root of the platform; nothing is touched
    """
    if not _is_ours(folder):
        raise DataRootNotOurs(folder=folder)
    with claim(folder):
        EmbeddedPostgres(folder).remove()
        for pattern in MADE_HERE:
            for file in folder.glob(pattern):
                file.unlink()
    left = sorted(entry.name for entry in folder.iterdir())
    if not left and not folder.is_symlink():
        folder.rmdir()
    return left


def _is_ours(folder: Path) -> bool:
    """Tell by what only the platform writes; a first start that was interrupted may have left half of it."""
    try:
        known = read_json(folder / KNOWN)
        passwords = read_json(folder / "postgres" / "passwords.json")
    except (ValueError, OSError):
        return False
    return "postgres" in passwords and (not known or {"secret_key", "clients"} <= known.keys())
