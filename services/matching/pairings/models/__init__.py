"""The pairing, its states and their one table of transitions, and its history."""

from services.matching.pairings.models.announcement import Announcement, find_audience
from services.matching.pairings.models.history import PairingEvent
from services.matching.pairings.models.pairing import Pairing
from services.matching.pairings.models.states import (
    AGREED,
    ENDED,
    PENDING,
    SHOWING_CONTACTS,
    TRANSITIONS,
    UNFINISHED,
    Closure,
    Side,
)

__all__ = [
    "AGREED",
    "ENDED",
    "PENDING",
    "SHOWING_CONTACTS",
    "TRANSITIONS",
    "UNFINISHED",
    "Announcement",
    "Closure",
    "Pairing",
    "PairingEvent",
    "Side",
    "find_audience",
]
