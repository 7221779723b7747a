"""The key of the audit log: it hashes the states of objects and signs the chain, and lies outside the database."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any

from shared.settings import CommonSettings

AUDIT_KEY = "audit_key"
"""The key of a session's ``info`` under which the audit key stands."""


@cache
def _derive(secret_key: str) -> bytes:
    """Return a key of 32 bytes; it takes some 50 ms, once a process."""
    return hashlib.scrypt(secret_key.encode(), salt=b"xiangqiao audit", n=2**14, r=8, p=1, dklen=32)


class AuditKey:
    """A key derived from the platform's secret key, with a short name by which the links of the chain call it."""

    def __init__(self, secret_key: str) -> None:
        self._key = _derive(secret_key)
        self.key_id = hashlib.sha256(self._key).hexdigest()[:8]

    def sign(self, purpose: str, *content: Any) -> str:
        """Return the keyed hash (HMAC-SHA-256) of the canonical JSON of a purpose and some content."""
        packed = json.dumps([purpose, *content], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return hmac.new(self._key, packed.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


class KeyRing:
    """The present key, and those of before, by which older links are still checked."""

    def __init__(self, common: CommonSettings) -> None:
        self.current = AuditKey(common.secret_key.get_secret_value())
        former = [AuditKey(secret.get_secret_value()) for secret in common.former_secret_keys]
        self._known = {key.key_id: key for key in [*former, self.current]}

    def find(self, key_id: str) -> AuditKey | None:
        """Return the key of this name, if it is known."""
        return self._known.get(key_id)


def with_audit_key(common: CommonSettings) -> dict[str, Any]:
    """Return what every session of a database must hold, so that changes are recorded with hashes of their states."""
    return {AUDIT_KEY: AuditKey(common.secret_key.get_secret_value())}


def canonical(value: Any) -> Any:
    """Return a column's value as JSON can hold it, the same for a value just set and for one read back."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, Mapping):
        return {str(canonical(key)): canonical(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [canonical(one) for one in value]
    return str(value)
