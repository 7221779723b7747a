"""How well a supply fits a demand: nine parts in [0, 1], each with the facts it compared."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from services.matching.scoring.codes import widen_groups
from services.matching.scoring.facts import AssessmentFacts, DemandFacts, Offer, OrganizationFacts, SupplyFacts
from services.matching.scoring.policy import FitPartName, Policy
from services.matching.scoring.reasons import Fact

UNKNOWN = 0.5  # an unknown fact neither helps nor harms
_TRADE_ALONE = frozenset({"trade"})


class Part(NamedTuple):
    """One part of a score: its value in [0, 1], what it adds to the total at most, and the compared facts."""

    name: str
    value: float
    weight: float
    facts: tuple[Fact, ...]

    @property
    def points(self) -> float:
        """Return what the part adds to the total."""
        return self.weight * self.value


class TextNearness(NamedTuple):
    """How near the two texts are, by meaning (embedding) and by shared terms, each in [0, 1]."""

    meaning: float
    terms: float


_Measured = tuple[float, tuple[Fact, ...]]
_Record = tuple[AssessmentFacts | None, int | None, float | None, bool | None]
_OFFERED: dict[FitPartName, Callable[[Offer], Any]] = {
    "field": attrgetter("supply.fields"),
    "help_forms": attrgetter("supply.help_forms"),
    "groups": attrgetter("supply.groups"),
    "budget": attrgetter("supply.budget_fen"),
    "track_record": attrgetter(
        "organization.assessment",
        "organization.completed_pairings",
        "organization.mean_rating",
        "organization.disclosure_overdue",
    ),
    "assist_mode": attrgetter("supply.assist_mode"),
    "time": attrgetter("supply.starts_on", "supply.ends_on"),
    "type_affinity": attrgetter("organization.type"),
}
"""What each part looks at of an offer, all that it may depend on besides demand, policy and day."""


class FitToDemand:
    """How well supplies fit one demand under a policy on a day; what comes again among them is measured once."""

    def __init__(self, demand: DemandFacts, *, policy: Policy, as_of: date) -> None:
        self._demand, self._policy, self._as_of = demand, policy, as_of
        self._need = demand.open_need_fen
        self._need_fact = Fact("open_need_fen", self._need)
        self._end_fact = Fact("demand_ends_on", demand.ends_on.isoformat() if demand.ends_on else None)
        measures: dict[FitPartName, Callable[[Any], _Measured]] = {
            "text": self._measure_text,
            "field": self._measure_field,
            "help_forms": self._measure_help,
            "groups": self._measure_groups,
            "budget": self._measure_budget,
            "track_record": self._measure_track_record,
            "assist_mode": self._measure_mode,
            "time": self._measure_time,
            "type_affinity": self._measure_affinity,
        }
        whole, kept = sum(policy.fit_weights.values()), dict[Any, Part]
        self._lines = [
            (name, weight / whole, _OFFERED.get(name), measures[name], kept())
            for name, weight in policy.fit_weights.items()
        ]

    def measure(self, offer: Offer, nearness: TextNearness) -> tuple[Part, ...]:
        """Return every fit part in the order of the policy; the weights add up to 1."""
        parts = []
        for name, weight, read, measure, kept in self._lines:
            offered = nearness if read is None else read(offer)
            part = kept.get(offered)
            if part is None:
                value, facts = measure(offered)
                part = kept[offered] = Part(name, value, weight, facts)
            parts.append(part)
        return tuple(parts)

    def _measure_text(self, nearness: TextNearness) -> _Measured:
        (meaning, terms), shares = nearness, self._policy.text_shares
        return shares["meaning"] * meaning + shares["terms"] * terms, (Fact("meaning", meaning), Fact("terms", terms))

    def _measure_field(self, offered: frozenset[str]) -> _Measured:
        return _measure_overlap(self._demand.fields, offered, "fields")

    def _measure_help(self, offered: frozenset[str]) -> _Measured:
        """Give half for the overlap, half to whoever does more than buy and sell, unless only that is asked for."""
        wanted = self._demand.help_forms
        overlap, facts = _measure_overlap(wanted, offered, "help_forms")
        helps = offered != _TRADE_ALONE or wanted == _TRADE_ALONE
        return (overlap + helps) / 2, (*facts, Fact("more_than_trade", helps))

    def _measure_groups(self, offered: frozenset[str]) -> _Measured:
        return _measure_overlap(widen_groups(self._demand.groups), widen_groups(offered), "groups")

    def _measure_budget(self, money: int | None) -> _Measured:
        """Give nothing to an offer without money; else half, and the rest by the share of the need it covers."""
        need, share = self._need, UNKNOWN
        if money is not None and need is not None:
            share = min(1.0, money / need) if need else 1.0
        value = 0.0 if money == 0 else (1 + share) / 2
        return value, (self._need_fact, Fact("budget_fen", money))

    def _measure_track_record(self, record: _Record) -> _Measured:
        """Average what is known: assessment grade, finished pairings (three are full), rating, timely disclosure."""
        assessment, completed, rating, is_overdue = record
        is_current = assessment is not None and (
            assessment.last_valid_on is None or assessment.last_valid_on >= self._as_of
        )
        grade = int(assessment.grade[0]) / 5 if assessment is not None and is_current else 0.0
        known = [grade]
        # Past participation on the platform never counts in a government purchase.
        if not self._demand.is_government_purchase:
            if completed is not None:
                known.append(min(1.0, completed / 3))
            if rating is not None:
                known.append((rating - 1) / 4)
            if is_overdue is not None:
                known.append(0.0 if is_overdue else 1.0)
        return sum(known) / len(known), (
            Fact("assessment_grade", assessment.grade if assessment is not None and is_current else None),
            Fact("completed_pairings", completed),
            Fact("mean_rating", rating),
        )

    def _measure_mode(self, offered: str | None) -> _Measured:
        wanted = self._demand.assist_mode
        if wanted is None or offered is None:
            value = UNKNOWN
        elif "both" in (wanted, offered):
            value = 1.0
        else:
            value = float(wanted == offered)
        return value, (Fact("wanted_assist_mode", wanted), Fact("offered_assist_mode", offered))

    def _measure_time(self, period: tuple[date | None, date | None]) -> _Measured:
        """Measure the share of the demand's period that the supply covers, both ends included."""
        value, demand, (starts_on, ends_on) = UNKNOWN, self._demand, period
        if demand.starts_on and demand.ends_on and starts_on and ends_on:
            wanted = (demand.ends_on - demand.starts_on).days + 1
            common = (min(demand.ends_on, ends_on) - max(demand.starts_on, starts_on)).days + 1
            value = max(0.0, common / wanted) if wanted > 0 else UNKNOWN
        return value, (
            self._end_fact,
            Fact("supply_ends_on", ends_on.isoformat() if ends_on else None),
        )

    def _measure_affinity(self, organization_type: str) -> _Measured:
        suited = self._policy.type_affinity.get(organization_type)
        value = UNKNOWN if suited is None else float(not self._demand.help_forms.isdisjoint(suited))
        return value, (Fact("organization_type", organization_type),)


def measure_fit(
    demand: DemandFacts,
    supply: SupplyFacts,
    organization: OrganizationFacts,
    nearness: TextNearness,
    *,
    policy: Policy,
    as_of: date,
) -> tuple[Part, ...]:
    """Return every fit part of one pair."""
    offer = Offer(supply=supply, organization=organization)
    return FitToDemand(demand, policy=policy, as_of=as_of).measure(offer, nearness)


@lru_cache(maxsize=10_000)  # few lists are asked for, and few are offered
def _measure_overlap(wanted: frozenset[str], offered: frozenset[str], name: str) -> _Measured:
    """Give half for any common code and half for the share of the wanted ones: a longer offer is never punished."""
    common = wanted & offered
    value = UNKNOWN if not wanted else (bool(common) + len(common) / len(wanted)) / 2
    return value, (
        Fact(f"wanted_{name}", ", ".join(sorted(wanted))),
        Fact(f"common_{name}", ", ".join(sorted(common))),
    )
