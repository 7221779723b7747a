"""What two policies make of the same libraries, demand by demand and place by place; pure CPU work."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.matching.allocation.reports import report_churn
from services.matching.candidates.actions.market import Market
from services.matching.pairings.actions.quotas import Pending
from services.matching.runs.actions.planning import Choice, LastRun, RunInput
from services.matching.runs.actions.scored import Block
from services.matching.scoring.explanation import explain_pair
from services.matching.scoring.facts import DemandFacts
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import PairScore, score_pairs, sort_pairs
from services.matching.scoring.text import TextModel
from services.matching.simulations.actions.reporting import TOP, Compared, Side, share_of, tell_choice, tell_coverage
from shared.contracts.codes import Designation

BLOCK = 20
MOST_EXAMPLES = 20


@dataclass(frozen=True)
class ComparedBlock:
    """Some demands under both policies, with what each policy may allocate to them."""

    compared: list[Compared]
    before: Block
    after: Block


@dataclass(frozen=True)
class SimulationInput:
    """
    Two policies and the libraries; the market's own policy is not used.

    Both give every place and unit anew that no confirmed pairing holds, as if no proposal were underway: what is open
    was chosen by the version in force and would hide the difference.
    """

    before: Policy
    after: Policy
    market: Market

    def list_blocks(self) -> list[list[DemandFacts]]:
        """Return the demands in blocks of at most twenty."""
        demands = list(self.market.demands.values())
        return [demands[start : start + BLOCK] for start in range(0, len(demands), BLOCK)]

    def compare_block(self, demands: list[DemandFacts], model: TextModel) -> ComparedBlock:
        """Score some demands against every supply under both policies."""
        before, after = (self._score(demands, policy, model) for policy in (self.before, self.after))
        sides = zip(demands, _list_sides(before, self.before), _list_sides(after, self.after), strict=True)
        return ComparedBlock(
            compared=[Compared(*one) for one in sides],
            before=self.begin_run(self.before).sift_rows(before),
            after=self.begin_run(self.after).sift_rows(after),
        )

    def summarize(self, blocks: Sequence[ComparedBlock]) -> dict[str, Any]:
        """Allocate under both policies, and return what changes, with the demands that change most."""
        before = self.begin_run(self.before).choose([block.before for block in blocks])
        after = self.begin_run(self.after).choose([block.after for block in blocks])
        return self.report([one for block in blocks for one in block.compared], before, after)

    def report(self, compared: Sequence[Compared], before: Choice, after: Choice) -> dict[str, Any]:
        """Return what changes from one policy to the other, with the demands that change most."""
        compared = _add_chosen(compared, before, after)
        ranked = [one for one in compared if one.is_ranked]
        kept = sum(one.keeps_first for one in ranked)
        changed = sorted((one for one in compared if one.changes), key=lambda one: one.weight)
        churn = report_churn(_list_pairs(after), previous_run_id=None, last=_list_pairs(before), standing=())
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
                "top10_overlap": share_of(sum(one.overlap for one in ranked), len(ranked)),
            },
            "suited": {
                "before": sum(one.before.suited for one in compared),
                "after": sum(one.after.suited for one in compared),
            },
            "allocation": {
                "before": tell_choice(before, self.before),
                "after": tell_choice(after, self.after),
                "pairs": {name: churn[name] for name in ("kept", "new", "gone")},
            },
            "coverage": {"before": tell_coverage(before), "after": tell_coverage(after)},
            "key_counties": self._compare_key_counties(before, after),
            "changed": len(changed),
            "examples": [self._explain(one) for one in changed[:MOST_EXAMPLES]],
        }

    def begin_run(self, policy: Policy) -> RunInput:
        """Return a run under one of the policies in which nothing is underway."""
        return RunInput(
            market=replace(self.market, policy=policy),
            feed_cursors={},
            tried=frozenset(),
            pending=Pending(pushed={}, waiting={}, promised={}),
            recommended_today={},
            last=LastRun(),
        )

    def _score(self, demands: list[DemandFacts], policy: Policy, model: TextModel) -> list[list[PairScore]]:
        offers = list(self.market.offers.values())
        return score_pairs(demands, offers, policy=policy, as_of=self.market.as_of, text_model=model)

    def _compare_key_counties(self, before: Choice, after: Choice) -> dict[str, Any]:
        """Measure both policies by the national key counties, whatever counties their floors name."""
        keys = {
            facts.demand_id
            for facts in self.market.demands.values()
            if Designation.KEY_COUNTY_2021 in facts.designations
        }
        told: dict[str, Any] = {"demands": len(keys)}
        for name, choice in (("before", before), ("after", after)):
            reached = [pair.demand_id for pair in choice.chosen if pair.demand_id in keys]
            told |= {f"served_{name}": len(set(reached)), f"share_{name}": share_of(len(reached), len(choice.chosen))}
        return told

    def _explain(self, one: Compared) -> dict[str, Any]:
        return {
            "demand_id": one.demand.demand_id,
            "demand_title": one.demand.title,
            "top1_kept": one.keeps_first,
            "top10_overlap": round(one.overlap, 6),
            "before": _tell_side(one.before, self.before),
            "after": _tell_side(one.after, self.after),
        }


def _list_sides(rows: Sequence[Sequence[PairScore]], policy: Policy) -> list[Side]:
    """Return what a policy makes of each demand; held pairs are ranked, yet suit nobody until they are released."""
    sides = []
    for row in rows:
        possible = [pair for pair in sort_pairs(row) if not pair.excluded]
        sides.append(
            Side(
                top=tuple(pair.supply_id for pair in possible[:TOP]),
                best=_keep(possible[0]) if possible else None,
                suited=any(not pair.held and pair.total >= policy.proposal_threshold for pair in possible),
            )
        )
    return sides


def _keep(best: PairScore) -> Callable[[], PairScore]:
    return lambda: best


def _add_chosen(compared: Sequence[Compared], before: Choice, after: Choice) -> list[Compared]:
    chosen: list[dict[str, list[str]]] = []
    for choice in (before, after):
        of_demand: dict[str, list[str]] = defaultdict(list)
        for pair in choice.chosen:
            of_demand[pair.demand_id].append(pair.supply_id)
        chosen.append(of_demand)
    return [
        replace(
            one,
            before=replace(one.before, chosen=tuple(sorted(chosen[0].get(one.demand.demand_id, ())))),
            after=replace(one.after, chosen=tuple(sorted(chosen[1].get(one.demand.demand_id, ())))),
        )
        for one in compared
    ]


def _list_pairs(choice: Choice) -> set[tuple[str, str]]:
    return {(pair.demand_id, pair.supply_id) for pair in choice.chosen}


def _tell_side(side: Side, policy: Policy) -> dict[str, Any]:
    best = side.best and side.best()
    told = explain_pair(best, policy=policy) | {"supply_id": best.supply_id} if best else None
    return {"suited": side.suited, "chosen": list(side.chosen), "best": told}
