"""Other weights for the same measured parts: what each part gains, and a choice among few designs, cross-validated.

A pair is measured once; a design only weighs its parts anew, so that many of them cost nothing.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.matching.evaluation.cases import Case
from services.matching.evaluation.metrics import Tally, judge_order, read_answer
from services.matching.scoring.fit import Part
from services.matching.scoring.policy import FitPartName, Policy
from services.matching.scoring.ranking import PairScore, round_total
from services.matching.scoring.tilt import cap_tilt

LEFT_OUT = 6  # cases at a time
_SEED = 4
_DESIGNS: Mapping[str, Mapping[FitPartName, float]] = {
    "as in force": {},
    "text alone": {"field": 0, "help_forms": 0, "groups": 0, "budget": 0, "track_record": 0, "assist_mode": 0},
    "text first": {"text": 80},
    "lists first": {"field": 8, "help_forms": 8, "groups": 8},
    "money first": {"budget": 24},
    "little money": {"budget": 8},
    "record first": {"track_record": 12},
    "no record": {"track_record": 0, "type_affinity": 0},
    "no lists": {"field": 0, "help_forms": 0, "groups": 0},
}


@dataclass(frozen=True)
class JudgedCase:
    """A case with its pairs, measured once."""

    case: Case
    pairs: tuple[PairScore, ...]


def list_designs(policy: Policy) -> dict[str, Policy]:
    """Return the few designs among which cross-validation chooses, the policy itself among them."""
    return {name: replace(policy, fit_weights={**policy.fit_weights, **part}) for name, part in _DESIGNS.items()}


def measure_gains(judged: Sequence[JudgedCase], policy: Policy) -> dict[str, Tally]:
    """Return what is left of the order without each part: every weight, each half of the text, and the tilt."""
    weights, caps = policy.fit_weights, policy.tilt_caps
    without: dict[str, Policy] = {
        name: replace(policy, fit_weights={**weights, name: 0}) for name in weights if name != "time"
    }
    without["meaning"] = replace(policy, text_shares={"meaning": 0, "terms": 1})
    without["terms"] = replace(policy, text_shares={"meaning": 1, "terms": 0})
    without["tilt"] = replace(policy, tilt_caps=dict.fromkeys(caps, 0.0))
    return {"nothing": judge_design(judged, policy)} | {
        name: judge_design(judged, one) for name, one in without.items()
    }


def judge_design(judged: Sequence[JudgedCase], design: Policy) -> Tally:
    """Count the order of all cases under other weights."""
    tally = Tally()
    for one in judged:
        judge_order(one.case, read_answer([_weigh_anew(pair, design) for pair in one.pairs]), tally)
    return tally


def cross_validate(judged: Sequence[JudgedCase], policy: Policy) -> dict[str, Any]:
    """Choose a design on all cases but six, judge it on these six, and so on: what choosing by cases is worth."""
    order = list(range(len(judged)))
    random.Random(_SEED).shuffle(order)  # noqa: S311  # folds, no secret
    designs = list_designs(policy)
    total, chosen = Tally(), []
    for start in range(0, len(order), LEFT_OUT):
        left = set(order[start : start + LEFT_OUT])
        rest = [judged[index] for index in order if index not in left]
        best = max(designs, key=lambda name: (_rate(judge_design(rest, designs[name])), name == "as in force"))
        chosen.append(best)
        total.add(judge_design([judged[index] for index in sorted(left)], designs[best]))
    return {**total.describe_order(), "chosen": {name: chosen.count(name) for name in dict.fromkeys(chosen)}}


def _rate(tally: Tally) -> float:
    counts = (
        (tally.top1_hits, tally.top1_total),
        (tally.hand_satisfied, tally.hand_total),
        (tally.derived_satisfied, tally.derived_total),
    )
    return sum(satisfied / total for satisfied, total in counts if total)


def _weigh_anew(pair: PairScore, design: Policy) -> PairScore:
    whole = sum(design.fit_weights.values())
    fit_parts = tuple(
        part._replace(weight=weight / whole, value=_read_value(part, design))
        for part in pair.fit_parts
        for name, weight in design.fit_weights.items()
        if name == part.name
    )
    tilt_parts = tuple(
        part._replace(weight=cap)
        for part in pair.tilt_parts
        for name, cap in design.tilt_caps.items()
        if name == part.name
    )
    fit = sum(part.points for part in fit_parts)
    tilt = cap_tilt(fit, tilt_parts, policy=design)
    return replace(pair, fit_parts=fit_parts, tilt_parts=tilt_parts, fit=fit, tilt=tilt, total=round_total(fit + tilt))


def _read_value(part: Part, design: Policy) -> float:
    if part.name != "text":
        return part.value
    facts = {fact.name: float(fact.value or 0) for fact in part.facts}
    return design.text_shares["meaning"] * facts["meaning"] + design.text_shares["terms"] * facts["terms"]
