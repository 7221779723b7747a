"""What the executors need to know of the score, asked of the reference itself, so that no number stands twice.

Parts that compare codes become tables over the distinct values of both sides (``tables``). Text, budget and time are
straight lines in one measured number: their ends are read here, and a part that bends in between is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from services.matching.scoring.facts import DemandFacts, OrganizationFacts, SupplyFacts
from services.matching.scoring.fit import UNKNOWN, Part, TextNearness, measure_fit
from services.matching.scoring.policy import Policy

POOL = 200
_TOLERANCE = 1e-9
_DAY = date(2026, 1, 1)
_ENDLESS_FEN = 10**15


class NotIndexable(ValueError):
    """A part of the score is no straight line where the engine needs one: the engine must learn its new form."""


@dataclass(frozen=True)
class Line:
    """A part's points where its number is unknown, at 0 and at 1."""

    unknown: float
    low: float
    high: float


@dataclass(frozen=True)
class Definition:
    """The points of the parts that are straight lines; ``text`` speaks of terms, at an unknown meaning."""

    text: Line
    meaning_slope: float
    budget: Line
    no_money: float
    time: Line
    tilt_share: float


def read_definition(policy: Policy) -> Definition:
    """
    Ask the reference for the lines of a policy.

    :raises NotIndexable: if a part bends
    """
    text = _read_line(lambda terms: _measure_text(policy, UNKNOWN, terms))
    meaning = _read_line(lambda meaning: _measure_text(policy, meaning, 0.3))
    crossed = _measure_text(policy, 1.0, 1.0) - _measure_text(policy, UNKNOWN, 1.0)
    if abs(crossed - (meaning.high - meaning.low) * (1 - UNKNOWN)) > _TOLERANCE:
        raise NotIndexable("meaning and terms multiply in the text part")
    return Definition(
        text=text,
        meaning_slope=meaning.high - meaning.low,
        budget=_read_line(
            lambda share: _measure_budget(policy, _ENDLESS_FEN, max(1, int(share * _ENDLESS_FEN))),
            unknown=_measure_budget(policy, None, 100),
        ),
        no_money=_measure_budget(policy, 100, 0),
        time=_read_line(lambda share: _measure_time(policy, round(share * 100)), unknown=_measure_time(policy, None)),
        tilt_share=policy.tilt_share_of_fit,
    )


def keep_fit_parts(policy: Policy, *names: str) -> Policy:
    """Return the policy with some of its fit parts alone; their weights no longer compare with those of the rest."""
    kept = {name: weight for name, weight in policy.fit_weights.items() if name in names}
    return replace(policy, fit_weights=kept)


def keep_tilt_parts(policy: Policy, *names: str) -> Policy:
    """Return the policy with some of its tilt parts alone."""
    kept = {name: cap for name, cap in policy.tilt_caps.items() if name in names}
    return replace(policy, tilt_caps=kept)


def share_of_parts(policy: Policy, *names: str) -> float:
    """Return what share of the whole fit some parts have together."""
    parts = measure_sample(policy)
    return sum(part.weight for part in parts if part.name in names)


def measure_sample(
    policy: Policy,
    *,
    demand: DemandFacts | None = None,
    supply: SupplyFacts | None = None,
    nearness: TextNearness | None = None,
) -> tuple[Part, ...]:
    """Return the fit parts of a pair that is made up except for what is given."""
    return measure_fit(
        demand or make_sample_demand(),
        supply or make_sample_supply(),
        make_sample_organization(),
        nearness or TextNearness(meaning=0.0, terms=0.0),
        policy=policy,
        as_of=_DAY,
    )


def make_sample_demand(**facts: Any) -> DemandFacts:
    """Return a demand that is made up except for what is given."""
    made = {"demand_id": "", "title": "", "description": "", "division_code": "510000"}
    return DemandFacts(**{**made, **dict.fromkeys(("fields", "help_forms", "groups"), frozenset()), **facts})


def make_sample_supply(**facts: Any) -> SupplyFacts:
    """Return a supply that is made up except for what is given."""
    made: dict[str, Any] = {"supply_id": "", "organization_id": "", "title": "", "description": ""}
    made |= {"service_regions": ("*",), "capacity_total": 1, "capacity_used": 0}
    return SupplyFacts(**{**made, **dict.fromkeys(("fields", "help_forms", "groups"), frozenset()), **facts})


def make_sample_organization(**facts: Any) -> OrganizationFacts:
    """Return an organization that is made up except for what is given."""
    made = {"organization_id": "", "type": "other", "level": "county", "registered_division": None}
    return OrganizationFacts(**{**made, **facts})


def _points(parts: tuple[Part, ...], name: str) -> float:
    return sum(part.points for part in parts if part.name == name)


def _measure_text(policy: Policy, meaning: float, terms: float) -> float:
    return _points(measure_sample(policy, nearness=TextNearness(meaning=meaning, terms=terms)), "text")


def _measure_budget(policy: Policy, need: int | None, money: int | None) -> float:
    demand, supply = make_sample_demand(budget_fen=need), make_sample_supply(budget_fen=money)
    return _points(measure_sample(policy, demand=demand, supply=supply), "budget")


def _measure_time(policy: Policy, covered_days: int | None) -> float:
    demand = make_sample_demand(starts_on=_DAY, ends_on=_DAY + timedelta(days=99))
    supply = make_sample_supply()
    if covered_days is not None:
        first = _DAY - timedelta(days=10)
        supply = replace(supply, starts_on=first, ends_on=_DAY + timedelta(days=covered_days - 1))
    return _points(measure_sample(policy, demand=demand, supply=supply), "time")


def _read_line(measure: Callable[[float], float], unknown: float = 0.0) -> Line:
    low, high = measure(0.0), measure(1.0)
    for share in (0.25, 0.5, 0.75):
        if abs(measure(share) - (low + (high - low) * share)) > _TOLERANCE:
            raise NotIndexable("a part of the score bends")
    return Line(unknown=unknown, low=low, high=high)
