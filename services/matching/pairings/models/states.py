"""The states of a pairing and the one table of their transitions."""

from collections.abc import Mapping
from enum import StrEnum

from shared.auth.principals import Principal
from shared.contracts.codes import PairingStatus, Role

TRANSITIONS: Mapping[PairingStatus, frozenset[PairingStatus]] = {
    PairingStatus.ON_HOLD: frozenset({PairingStatus.OPEN, PairingStatus.WITHDRAWN}),
    PairingStatus.OPEN: frozenset({
        PairingStatus.CONFIRMING, PairingStatus.DECLINED, PairingStatus.EXPIRED, PairingStatus.WITHDRAWN,
        PairingStatus.REFERRED, PairingStatus.ON_HOLD,
    }),
    PairingStatus.CONFIRMING: frozenset({PairingStatus.CONFIRMED, PairingStatus.LOST_RACE, PairingStatus.WITHDRAWN}),
    PairingStatus.CONFIRMED: frozenset({PairingStatus.STARTED, PairingStatus.FELL_THROUGH}),
    PairingStatus.STARTED: frozenset({PairingStatus.COMPLETED, PairingStatus.FELL_THROUGH}),
    **dict.fromkeys(
        (PairingStatus.LOST_RACE, PairingStatus.DECLINED, PairingStatus.EXPIRED, PairingStatus.WITHDRAWN,
         PairingStatus.REFERRED, PairingStatus.COMPLETED, PairingStatus.FELL_THROUGH),
        frozenset[PairingStatus](),
    ),
}  # fmt: skip
"""From each state the states that may follow."""

PENDING = (PairingStatus.ON_HOLD, PairingStatus.OPEN, PairingStatus.CONFIRMING)  # nothing is held in projects yet
UNFINISHED = (*PENDING, PairingStatus.CONFIRMED, PairingStatus.STARTED)
AGREED = frozenset({PairingStatus.CONFIRMING, PairingStatus.CONFIRMED, PairingStatus.STARTED})
SHOWING_CONTACTS = frozenset({*UNFINISHED, PairingStatus.COMPLETED, PairingStatus.REFERRED})
ENDED = frozenset(PairingStatus) - set(UNFINISHED)
UNFINISHED_SQL = ", ".join(f"'{status.value}'" for status in UNFINISHED)


class Side(StrEnum):
    """A side of a pairing."""

    DEMAND = "demand"
    SUPPLY = "supply"

    @classmethod
    def of(cls, by: Principal) -> "Side":
        """Return the side for which a caller speaks that sees the pairing: an organization's, or the demand's."""
        return cls.SUPPLY if by.role is Role.ORGANIZATION else cls.DEMAND


class Closure(StrEnum):
    """Why the platform itself takes a pairing back; anything else in ``reason`` is an officer's words."""

    DEMAND_CLOSED = "demand_closed"
    DEMAND_COVERED = "demand_covered"
    SUPPLY_CLOSED = "supply_closed"
    NOT_OPEN = "not_open"
    EXCLUDED = "excluded"
