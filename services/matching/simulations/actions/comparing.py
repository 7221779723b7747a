"""What two policies make of the same libraries, demand by demand; pure CPU work for the scorer's thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.matching.candidates.actions.market import Market
from services.matching.scoring.explanation import explain_pair
from services.matching.scoring.facts import DemandFacts
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import PairScore, score_pairs, sort_pairs
from services.matching.scoring.text import TextModel
from shared.contracts.codes import Designation

BLOCK = 20
MOST_EXAMPLES = 20
TOP = 10


@dataclass(frozen=True)
class Side:
    """What one policy makes of one demand: its best supplies, and whether one may be recommended."""

    top: tuple[str, ...]
    best: PairScore | None
    covered: bool

    @classmethod
    def of(cls, row: Sequence[PairScore], policy: Policy) -> "Side":
        """Return the side of one demand's scored pairs; held ones are ranked, and cover nothing until released."""
        suited = [pair for pair in sort_pairs(row) if not pair.excluded]
        return cls(
            top=tuple(pair.supply_id for pair in suited[:TOP]),
            best=suited[0] if suited else None,
            covered=any(not pair.held and pair.total >= policy.proposal_threshold for pair in suited),
        )


@dataclass(frozen=True)
class Compared:
    """One demand under both policies."""

    demand: DemandFacts
    before: Side
    after: Side

    @property
    def is_ranked(self) -> bool:
        """Tell whether there is any candidate to rank; the gates, and so the candidates, are the same in both."""
        return self.before.best is not None

    @property
    def keeps_first(self) -> bool:
        """Tell whether the first candidate stays the first."""
        return self.before.top[:1] == self.after.top[:1]

    @property
    def overlap(self) -> float:
        """Return the share of the ten first candidates that stay among them; an equal number is in both."""
        return len(set(self.before.top) & set(self.after.top)) / len(self.before.top) if self.before.top else 1.0

    @property
    def is_in_key_county(self) -> bool:
        """Tell whether the demand lies in a national key county (国家乡村振兴重点帮扶县)."""
        return Designation.KEY_COUNTY_2021 in self.demand.designations

    @property
    def weight(self) -> tuple[object, ...]:
        """Return the key that puts the demands that change most first, in a stable order."""
        return (self.keeps_first, self.before.covered == self.after.covered, self.overlap, self.demand.demand_id)

    @property
    def changes(self) -> bool:
        """Tell whether anything that is reported changes."""
        return not self.keeps_first or self.before.covered != self.after.covered or self.before.top != self.after.top


@dataclass(frozen=True)
class SimulationInput:
    """Two policies and the libraries; the market's own policy is not used."""

    before: Policy
    after: Policy
    market: Market

    def list_blocks(self) -> list[list[DemandFacts]]:
        """Return the demands in blocks of at most twenty."""
        demands = list(self.market.demands.values())
        return [demands[start : start + BLOCK] for start in range(0, len(demands), BLOCK)]

    def compare_block(self, demands: list[DemandFacts], model: TextModel) -> list[Compared]:
        """Score some demands against every supply under both policies."""
        before, after = (
            [Side.of(row, policy) for row in self._score(demands, policy, model)]
            for policy in (self.before, self.after)
        )
        return [Compared(*one) for one in zip(demands, before, after, strict=True)]

    def summarize(self, compared: Sequence[Compared]) -> dict[str, Any]:
        """Return what changes in ranks, coverage and key counties, with the demands that change most."""
        ranked = [one for one in compared if one.is_ranked]
        kept = sum(one.keeps_first for one in ranked)
        changed = sorted((one for one in compared if one.changes), key=lambda one: one.weight)
        return {
            "before": self.before.version,
            "after": self.after.version,
            "as_of": self.market.as_of.isoformat(),
            "demands": len(compared),
            "supplies": len(self.market.offers),
            "ranks": {
                "compared": len(ranked),
                "top1_kept": kept,
                "top1_changed": len(ranked) - kept,
                "top10_overlap": _share(sum(one.overlap for one in ranked), len(ranked)),
            },
            "coverage": {
                "before": sum(one.before.covered for one in compared),
                "after": sum(one.after.covered for one in compared),
            },
            "key_counties": {
                "demands": sum(one.is_in_key_county for one in compared),
                "share_before": _share_of_key_counties([one for one in compared if one.before.covered]),
                "share_after": _share_of_key_counties([one for one in compared if one.after.covered]),
            },
            "changed": len(changed),
            "examples": [self._explain(one) for one in changed[:MOST_EXAMPLES]],
        }

    def _score(self, demands: list[DemandFacts], policy: Policy, model: TextModel) -> list[list[PairScore]]:
        offers = list(self.market.offers.values())
        return score_pairs(demands, offers, policy=policy, as_of=self.market.as_of, text_model=model)

    def _explain(self, one: Compared) -> dict[str, Any]:
        return {
            "demand_id": one.demand.demand_id,
            "demand_title": one.demand.title,
            "top1_kept": one.keeps_first,
            "top10_overlap": round(one.overlap, 6),
            "before": self._tell(one.before, self.before),
            "after": self._tell(one.after, self.after),
        }

    def _tell(self, side: Side, policy: Policy) -> dict[str, Any]:
        best = side.best
        return {"covered": side.covered, "best": explain_pair(best, policy=policy) | {"supply_id": best.supply_id}
                if best else None}  # fmt: skip


def _share(part: float, whole: int) -> float | None:
    """Return a share to six digits, or nothing of nothing."""
    return round(part / whole, 6) if whole else None


def _share_of_key_counties(covered: Sequence[Compared]) -> float | None:
    return _share(sum(one.is_in_key_county for one in covered), len(covered))
