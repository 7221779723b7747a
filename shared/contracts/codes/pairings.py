"""Codes of pairings: their states, phases and origins, the answers of the sides, and why something ended."""

from enum import StrEnum


class PairingStatus(StrEnum):
    """Pairing state (对接状态)."""

    ON_HOLD = "on_hold"
    OPEN = "open"
    CONFIRMING = "confirming"
    CONFIRMED = "confirmed"
    LOST_RACE = "lost_race"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REFERRED = "referred"
    STARTED = "started"
    COMPLETED = "completed"
    FELL_THROUGH = "fell_through"


class PairingPhase(StrEnum):
    """Pairing phase (对接阶段)."""

    PROPOSED = "proposed"
    AWAITING_DEMAND = "awaiting_demand"
    AWAITING_SUPPLY = "awaiting_supply"
    IN_TALKS = "in_talks"
    AGREED = "agreed"
    ENDED = "ended"


class PairingOrigin(StrEnum):
    """Origin of the pairing (对接来源)."""

    RECOMMENDED = "recommended"
    ORDERED = "ordered"
    TAKEN = "taken"
    INVITED = "invited"
    IMPORTED = "imported"


class Answer(StrEnum):
    """Answer of a side (意愿)."""

    INTERESTED = "interested"
    AGREED = "agreed"
    DECLINED = "declined"


class DeclineReason(StrEnum):
    """Reason for declining (谢绝原因)."""

    WRONG_PLACE = "wrong_place"
    NO_CAPACITY = "no_capacity"
    WRONG_NEED = "wrong_need"
    ALREADY_SERVED = "already_served"
    BUDGET = "budget"
    TIME = "time"
    OTHER = "other"


class FallThroughReason(StrEnum):
    """Reason why an agreed pairing came to nothing (未能实施原因)."""

    NEED_GONE = "need_gone"
    NO_CAPACITY = "no_capacity"
    NO_FUNDS = "no_funds"
    NO_AGREEMENT = "no_agreement"
    CONDITIONS = "conditions"
    TIME = "time"
    OTHER = "other"
