"""The words of a simulation: one demand under both policies, and what an allocation reached."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.matching.runs.actions.planning import Choice
from services.matching.scoring.facts import DemandFacts
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import PairScore

TOP = 10


@dataclass(frozen=True)
class Side:
    """
    What one policy makes of one demand: its best supplies, whether one may be recommended, and who is chosen.

    ``best`` scores the best pair; only those that are shown as examples are asked for it.
    """

    top: tuple[str, ...]
    best: Callable[[], PairScore] | None
    suited: bool
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compared:
    """One demand under both policies."""

    demand: DemandFacts
    before: Side
    after: Side

    @property
    def is_ranked(self) -> bool:
        """Tell whether either policy's gates leave any candidate to rank."""
        return self.before.best is not None or self.after.best is not None

    @property
    def keeps_first(self) -> bool:
        """Tell whether the first candidate stays the first."""
        return self.before.top[:1] == self.after.top[:1]

    @property
    def overlap(self) -> float:
        """Return the share of the ten first candidates that both have, of the longer list."""
        longer = max(len(self.before.top), len(self.after.top))
        return len(set(self.before.top) & set(self.after.top)) / longer if longer else 1.0

    @property
    def weight(self) -> tuple[object, ...]:
        """Return the key that puts the demands that change most first, in a stable order."""
        same_chosen, same_suited = self.before.chosen == self.after.chosen, self.before.suited == self.after.suited
        return (self.keeps_first, same_chosen, same_suited, self.overlap, self.demand.demand_id)

    @property
    def changes(self) -> bool:
        """Tell whether anything that is reported changes."""
        return (self.before.top, self.before.suited, self.before.chosen) != (
            self.after.top, self.after.suited, self.after.chosen,
        )  # fmt: skip


def tell_choice(choice: Choice, policy: Policy) -> dict[str, Any]:
    """Return how a policy gave the places: to eligible pairs, and what was left to held ones."""
    return {"mode": policy.allocation.mode, "eligible": choice.eligible, "held": choice.held}


def tell_coverage(choice: Choice) -> dict[str, Any]:
    """Return whom a choice covers, without the share that speaks of the counties of the policy's own floors."""
    return {name: value for name, value in choice.coverage.items() if name != "key_county_share"}


def share_of(part: float, whole: int) -> float | None:
    """Return a share to six digits, or nothing of nothing."""
    return round(part / whole, 6) if whole else None
