"""A worker's hold on an endpoint, what it sends there, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID


class AttemptFault(StrEnum):
    """Why an attempt failed."""

    REFUSED = "refused"
    REDIRECTED = "redirected"
    GONE = "gone"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    UNSIGNED = "unsigned"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Lease:
    """A worker's hold on an endpoint."""

    subscription_id: UUID
    fencing_token: int
    grant_id: UUID | None = None


@dataclass(frozen=True)
class Attempt:
    """
    What is to be sent now; ``body`` is UTF-8 JSON, and every secret signs it.

    A ``challenge`` must be repeated in the answer, or the attempt has failed.
    """

    delivery_id: UUID
    event_id: UUID
    body: bytes
    endpoint: str
    secrets_sealed: tuple[str, ...]
    challenge: str | None = None


@dataclass(frozen=True)
class Outcome:
    """
    What came of an attempt; without a fault it was answered 2xx, and ``consented`` if the answer repeats a challenge.

    ``response_excerpt`` has at most 4 KiB; ``request_headers`` are those that were sent, with the signatures cut.
    """

    duration_ms: int
    fault: AttemptFault | None = None
    status_code: int | None = None
    response_excerpt: str | None = None
    retry_after: timedelta | None = None
    request_headers: Mapping[str, str] | None = None
    consented: bool = False
