"""What the answers to a pairing say: of the fit, of recorded facts, or of neither."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching.pairings.models import Side
from shared.contracts.codes import Answer, DeclineReason, FallThroughReason, PairingStatus

FACTS = frozenset({
    DeclineReason.WRONG_PLACE, DeclineReason.NO_CAPACITY, DeclineReason.ALREADY_SERVED, DeclineReason.TIME,
})  # fmt: skip
"""A gate, or the state of the demand, let the pair pass by what is recorded, and the side says it is otherwise."""
TASTE = frozenset({DeclineReason.WRONG_NEED, DeclineReason.BUDGET})
"""What the score measures as fit; every other reason says neither."""
FACTS_AFTERWARDS = frozenset({
    FallThroughReason.NEED_GONE, FallThroughReason.NO_CAPACITY, FallThroughReason.NO_FUNDS, FallThroughReason.TIME,
})  # fmt: skip
TRUE_MATCH, USABLE, POOR = 3, 2, 1
POOR_STARS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A pairing that a side has answered; ``judged_on`` holds the records of both as they were when it was proposed."""

    pairing_id: UUID
    demand_id: UUID
    supply_id: UUID
    organization_id: UUID
    status: PairingStatus
    demand_answer: Answer | None
    supply_answer: Answer | None
    ended_by: Side | None
    reason: str | None
    proposed_at: datetime
    judged_on: Mapping[str, Any]
    stars: Mapping[Side, int] = field(default_factory=dict)

    @property
    def disputes_facts(self) -> bool:
        """Tell whether a side ended it because what is recorded is not so."""
        if self.status is PairingStatus.DECLINED:
            return self.reason in FACTS
        return self.status is PairingStatus.FELL_THROUGH and self.reason in FACTS_AFTERWARDS

    @property
    def grade(self) -> int | None:
        """
        Return the grade that the answers give: 3 = both agreed, 2 = a side wants it, 1 = declined as no fit.

        A side that was badly served takes the 3 away. What ended for other reasons than the fit has no grade.
        """
        if self.status is PairingStatus.DECLINED:
            return POOR if self.reason in TASTE else None
        if self.status is PairingStatus.FELL_THROUGH:
            return None
        agreed = self.demand_answer is self.supply_answer is Answer.AGREED
        return TRUE_MATCH if agreed and min(self.stars.values(), default=5) > POOR_STARS else USABLE

    def tell(self) -> dict[str, Any]:
        """Return what was answered, in codes; an officer's or a side's own words are never among it."""
        coded = self.ended_by is not None
        return {
            "status": self.status.value,
            "demand": self.demand_answer.value if self.demand_answer else None,
            "supply": self.supply_answer.value if self.supply_answer else None,
            "ended_by": self.ended_by.value if self.ended_by else None,
            "reason": self.reason if coded else None,
            "stars": {side.value: stars for side, stars in sorted(self.stars.items())},
        }
