"""Whom an event of a pairing concerns."""

from dataclasses import dataclass
from uuid import UUID

DIVISION_LEVELS = (0, 2, 4, 6, 9, 12)


def scope_prefixes(division: str | None) -> list[str]:
    """Return the prefix of every office under whose division a 12-digit division lies."""
    return [division[:digits] for digits in DIVISION_LEVELS] if division else []


@dataclass(frozen=True)
class Audience:
    """
    Whom a pairing concerns: the demand's division, the organization, and the division that keeps its record.

    A hold is told to the sides only where they know of the pairing already. ``fields`` are the demand's, by which
    subscribers may choose; None = unknown, and then everybody hears.
    """

    demand_division: str
    organization_id: UUID
    record_division: str | None
    sides_know: bool = False
    fields: tuple[str, ...] | None = None
