"""How well a supply fits a demand: nine parts in [0, 1], each with the facts it compared."""

from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import NamedTuple

from services.matching.scoring.codes import widen_groups
from services.matching.scoring.facts import DemandFacts, OrganizationFacts, SupplyFacts
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


@dataclass(frozen=True, slots=True)
class TextNearness:
    """How near the two texts are, by meaning (embedding) and by shared terms, each in [0, 1]."""

    meaning: float
    terms: float


_Measured = tuple[float, tuple[Fact, ...]]


def measure_fit(
    demand: DemandFacts,
    supply: SupplyFacts,
    organization: OrganizationFacts,
    nearness: TextNearness,
    *,
    policy: Policy,
    as_of: date,
) -> tuple[Part, ...]:
    """Return every fit part in the order of the policy; the weights add up to 1."""
    measured: dict[FitPartName, _Measured] = {
        "text": _measure_text(nearness, policy),
        "field": _measure_overlap(demand.fields, supply.fields, "fields"),
        "help_forms": _measure_help(demand.help_forms, supply.help_forms),
        "groups": _measure_overlap(widen_groups(demand.groups), widen_groups(supply.groups), "groups"),
        "budget": _measure_budget(demand, supply),
        "track_record": _measure_track_record(demand, organization, as_of),
        "assist_mode": _measure_mode(demand.assist_mode, supply.assist_mode),
        "time": _measure_time(demand, supply),
        "type_affinity": _measure_affinity(demand, organization, policy),
    }
    whole = sum(policy.fit_weights.values())
    weights = policy.fit_weights.items()
    return tuple([Part(name, measured[name][0], weight / whole, measured[name][1]) for name, weight in weights])


def _measure_text(nearness: TextNearness, policy: Policy) -> _Measured:
    value = policy.text_shares["meaning"] * nearness.meaning + policy.text_shares["terms"] * nearness.terms
    return value, (Fact("meaning", nearness.meaning), Fact("terms", nearness.terms))


@lru_cache(maxsize=10_000)  # few lists are asked for, and few are offered
def _measure_overlap(wanted: frozenset[str], offered: frozenset[str], name: str) -> _Measured:
    """Give half for any common code and half for the share of the wanted ones: a longer offer is never punished."""
    common = wanted & offered
    value = UNKNOWN if not wanted else (bool(common) + len(common) / len(wanted)) / 2
    return value, (
        Fact(f"wanted_{name}", ", ".join(sorted(wanted))),
        Fact(f"common_{name}", ", ".join(sorted(common))),
    )


@lru_cache(maxsize=10_000)
def _measure_help(wanted: frozenset[str], offered: frozenset[str]) -> _Measured:
    """Give half for the overlap, half to whoever does more than buy and sell, unless only that is asked for."""
    overlap, facts = _measure_overlap(wanted, offered, "help_forms")
    helps = offered != _TRADE_ALONE or wanted == _TRADE_ALONE
    return (overlap + helps) / 2, (*facts, Fact("more_than_trade", helps))


def _measure_budget(demand: DemandFacts, supply: SupplyFacts) -> _Measured:
    """Give nothing to an offer without money; else half, and the rest by the share of the need it covers."""
    need, money = demand.open_need_fen, supply.budget_fen
    share = UNKNOWN
    if money is not None and need is not None:
        share = min(1.0, money / need) if need else 1.0
    value = 0.0 if money == 0 else (1 + share) / 2
    return value, (Fact("open_need_fen", need), Fact("budget_fen", money))


def _measure_track_record(demand: DemandFacts, organization: OrganizationFacts, as_of: date) -> _Measured:
    """Average what is known: assessment grade, finished pairings (three are full), rating, timely disclosure."""
    assessment = organization.assessment
    is_current = assessment is not None and (assessment.last_valid_on is None or assessment.last_valid_on >= as_of)
    grade = int(assessment.grade[0]) / 5 if assessment is not None and is_current else 0.0
    known = [grade]
    # Past participation on the platform never counts in a government purchase.
    if not demand.is_government_purchase:
        if organization.completed_pairings is not None:
            known.append(min(1.0, organization.completed_pairings / 3))
        if organization.mean_rating is not None:
            known.append((organization.mean_rating - 1) / 4)
        if organization.disclosure_overdue is not None:
            known.append(0.0 if organization.disclosure_overdue else 1.0)
    return sum(known) / len(known), (
        Fact("assessment_grade", assessment.grade if assessment is not None and is_current else None),
        Fact("completed_pairings", organization.completed_pairings),
        Fact("mean_rating", organization.mean_rating),
    )


@cache
def _measure_mode(wanted: str | None, offered: str | None) -> _Measured:
    if wanted is None or offered is None:
        value = UNKNOWN
    elif "both" in (wanted, offered):
        value = 1.0
    else:
        value = float(wanted == offered)
    return value, (Fact("wanted_assist_mode", wanted), Fact("offered_assist_mode", offered))


def _measure_time(demand: DemandFacts, supply: SupplyFacts) -> _Measured:
    """Measure the share of the demand's period that the supply covers, both ends included."""
    value = UNKNOWN
    if demand.starts_on and demand.ends_on and supply.starts_on and supply.ends_on:
        wanted = (demand.ends_on - demand.starts_on).days + 1
        common = (min(demand.ends_on, supply.ends_on) - max(demand.starts_on, supply.starts_on)).days + 1
        value = max(0.0, common / wanted) if wanted > 0 else UNKNOWN
    return value, (
        Fact("demand_ends_on", demand.ends_on.isoformat() if demand.ends_on else None),
        Fact("supply_ends_on", supply.ends_on.isoformat() if supply.ends_on else None),
    )


def _measure_affinity(demand: DemandFacts, organization: OrganizationFacts, policy: Policy) -> _Measured:
    suited = policy.type_affinity.get(organization.type)
    value = UNKNOWN if suited is None else float(not demand.help_forms.isdisjoint(suited))
    return value, (Fact("organization_type", organization.type),)
