"""Count what a ranking gets right on judged cases (part A5) and collect every failure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from services.matching.evaluation.cases import Case
from services.matching.scoring.ranking import PairScore


@dataclass(frozen=True)
class Answer:
    """What a matcher returns for one case: codes of excluded and held ids, and the others' keys and scores."""

    excluded: Mapping[str, frozenset[str]]
    held: Mapping[str, frozenset[str]]
    keys: Mapping[str, tuple[float, ...]]  # a greater key ranks before; held ids included, excluded ones not
    scores: Mapping[str, float]


@dataclass
class Tally:
    """The counts over a file; ``failures`` are dictionaries that start with a kind and a case id."""

    top1_hits: int = 0
    top1_total: int = 0
    hand_satisfied: int = 0
    hand_total: int = 0
    derived_satisfied: int = 0
    derived_total: int = 0
    exclusions_found: int = 0
    exclusions_missed: int = 0
    exclusions_false: int = 0
    holds_correct: int = 0
    holds_total: int = 0
    tilt_satisfied: int = 0
    tilt_total: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add the counts and failures of other cases."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def describe_order(self) -> dict[str, dict[str, int]]:
        """Return the three counts about order."""
        return {
            "top1": {"hits": self.top1_hits, "total": self.top1_total},
            "hand": {"satisfied": self.hand_satisfied, "total": self.hand_total},
            "derived": {"satisfied": self.derived_satisfied, "total": self.derived_total},
        }

    def describe(self) -> dict[str, dict[str, int]]:
        """Return every count in the agreed form."""
        return {
            **self.describe_order(),
            "exclusions": {
                "found": self.exclusions_found,
                "missed": self.exclusions_missed,
                "false": self.exclusions_false,
            },
            "holds": {"correct": self.holds_correct, "total": self.holds_total},
            "tilt": {"satisfied": self.tilt_satisfied, "total": self.tilt_total},
        }


def read_answer(pairs: list[PairScore]) -> Answer:
    """Turn ranked pairs of one demand into an answer to judge."""
    return Answer(
        excluded={pair.supply_id: frozenset(r.code for r in pair.excluded) for pair in pairs if pair.excluded},
        held={pair.supply_id: frozenset(r.code for r in pair.held) for pair in pairs if pair.held},
        keys={
            # Held pairs rank behind; the policy's tie-breakers count, the ids at the very end do not.
            pair.supply_id: (float(not pair.held), pair.total, *(value for _, value in pair.tie_breakers))
            for pair in pairs
            if not pair.excluded
        },
        scores={pair.supply_id: pair.total for pair in pairs},
    )


def judge_case(case: Case, answer: Answer, tally: Tally) -> None:
    """Add one case to the tally: exclusions and holds with exactly the expected codes, then the order."""
    _judge_gates(case, answer, tally)
    judge_order(case, answer, tally)


def judge_order(case: Case, answer: Answer, tally: Tally) -> None:
    """Add top-1, hand-made and derived constraints of one case; equal keys satisfy nothing."""
    expectation, keys = case.expectation, answer.keys
    candidates = sorted(supply_id for supply_id in keys if supply_id not in answer.held)
    best = max((keys[supply_id] for supply_id in candidates), default=None)
    first = [supply_id for supply_id in candidates if keys[supply_id] == best]
    # Where the judges name no true match there is none to hit.
    tally.top1_total += bool(expectation.true_matches)
    if first and expectation.true_matches.issuperset(first):
        tally.top1_hits += 1
    elif expectation.true_matches:
        tally.failures.append(_describe_failure("top1", case, answer, first + sorted(expectation.true_matches)))
    hand = [pair for pair in expectation.above if pair[1] not in expectation.excluded]
    for kind, pairs in (("hand", hand), ("derived", expectation.derived)):
        for higher, lower in pairs:
            # A lower one that the matcher left out altogether stands below everything.
            satisfied = higher in keys and (lower not in keys or keys[higher] > keys[lower])
            if kind == "hand":
                tally.hand_total += 1
                tally.hand_satisfied += satisfied
            else:
                tally.derived_total += 1
                tally.derived_satisfied += satisfied
            if not satisfied:
                tally.failures.append(_describe_failure(kind, case, answer, [higher, lower]))


def _judge_gates(case: Case, answer: Answer, tally: Tally) -> None:
    expected, found = case.expectation.excluded, answer.excluded
    for supply_id in sorted(expected.keys() | found.keys()):
        if supply_id not in expected:
            tally.exclusions_false += 1
        elif found.get(supply_id) == expected[supply_id]:
            tally.exclusions_found += 1
            continue
        else:
            tally.exclusions_missed += 1
        tally.failures.append(_describe_failure("exclusion", case, answer, [supply_id]))
    tally.holds_total += len(case.expectation.held)
    for supply_id in sorted(case.expectation.held.keys() | answer.held.keys()):
        if case.expectation.held.get(supply_id) == answer.held.get(supply_id):
            tally.holds_correct += 1
        else:
            tally.failures.append(_describe_failure("hold", case, answer, [supply_id]))


def _describe_failure(kind: str, case: Case, answer: Answer, supply_ids: list[str]) -> dict[str, Any]:
    return {
        "kind": kind,
        "case": case.case_id,
        "ids": supply_ids,
        "scores": [answer.scores.get(supply_id) for supply_id in supply_ids],
        "codes": [
            sorted(answer.excluded.get(supply_id, frozenset()) | answer.held.get(supply_id, frozenset()))
            for supply_id in supply_ids
        ],
    }
