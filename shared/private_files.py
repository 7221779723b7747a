"""Files that their owner alone may read, whatever the umask says."""

import os
from pathlib import Path
from typing import IO


def append_privately(file: Path) -> IO[bytes]:
    """Open a file to be appended to; one that others could read before is closed to them."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "ab")


def write_privately(file: Path, text: str) -> None:
    """Write a file whole; one that others could read before is closed to them."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


def make_private_folder(folder: Path) -> None:
    """
    Make a folder, if there is none, that only its owner may look into.

    As root others may pass through it, but not list it: the database runs as another user.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700 if os.getuid() else 0o711)
