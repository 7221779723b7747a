"""What a subscription wants of the pairings that concern its owner, and how it wants it."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

CURRENT_PAYLOAD = 1
"""The newest version of the data of events, which is the end of their types: ``.v1``."""


class OrderMode(StrEnum):
    """What waits for what: the events of one pairing for each other, or all of an endpoint."""

    PAIRING = "pairing"
    ENDPOINT = "endpoint"


@dataclass(frozen=True)
class PairingFilter:
    """
    Which pairings are wanted; what is None is not asked for.

    ``division`` has 12 digits and includes what lies below it; ``minimum_score`` lies within 0 and 1.25.
    """

    division: str | None = None
    fields: list[str] | None = None
    organization_id: UUID | None = None
    minimum_score: float | None = None
