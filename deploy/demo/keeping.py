"""What the story must remember between two starts, in files that only their owner can read."""

import json
import os
from pathlib import Path
from typing import Any


class Kept:
    """A JSON object on disk, written whole or not at all."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def put(self, name: str, value: Any) -> None:
        """Remember a value."""
        self.values[name] = value
        new = self._file.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(self.values, stream, indent=1)
        new.replace(self._file)
