"""Score pairs of a demand and a supply, and put them in a documented, stable order.

Order: eligible pairs before held ones before excluded ones; then the higher total; then the policy's tie-breakers
("同等条件下优先"); at last the supply's and the demand's id. The order of the input never matters.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.matching.scoring.facts import DemandFacts, Offer, OrganizationFacts, SupplyFacts
from services.matching.scoring.fit import FitToDemand, Part, TextNearness
from services.matching.scoring.gates import NO_REASONS, check_gates
from services.matching.scoring.policy import Policy
from services.matching.scoring.reasons import Reason
from services.matching.scoring.text import SIMILARITY_DIGITS, TextModel, TextSimilarity
from services.matching.scoring.tilt import TiltOfDemand, cap_tilt
from services.matching.scoring.wording import read_demand_text, read_supply_text

_STATUSES = ("eligible", "held", "excluded")
TOTAL_UNITS = 1_000_000  # totals are equal when they agree to six digits
ROUND_UP_FROM = 0.4999
"""Half a unit is common, as most parts are round numbers: no order of additions may decide where it goes."""


class Measured(Protocol):
    """What is known of a pair that was scored by the reference, or found by the engine."""

    @property
    def demand_id(self) -> str:
        """Return the demand's id."""
        ...

    @property
    def supply_id(self) -> str:
        """Return the supply's id."""
        ...

    @property
    def status(self) -> str:
        """Return ``eligible``, ``held`` or ``excluded``."""
        ...

    @property
    def fit(self) -> float:
        """Return the fit."""
        ...

    @property
    def tilt(self) -> float:
        """Return the tilt after its cap."""
        ...

    @property
    def total(self) -> float:
        """Return the rounded total."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PairScore:
    """What the rules say about one demand and one supply."""

    demand_id: str
    supply_id: str
    organization_id: str
    excluded: tuple[Reason, ...]
    held: tuple[Reason, ...]
    fit_parts: tuple[Part, ...]
    tilt_parts: tuple[Part, ...]
    fit: float
    tilt: float
    total: float
    tie_breakers: tuple[tuple[str, float], ...]
    policy_version: str
    model_hash: str

    @property
    def status(self) -> str:
        """Return ``eligible``, ``held`` or ``excluded``."""
        return "excluded" if self.excluded else "held" if self.held else "eligible"

    @property
    def order(self) -> tuple[object, ...]:
        """Return the key that sorts pairs from the best to the last."""
        return make_order(self, self.tie_breakers)


def score_pair(
    demand: DemandFacts,
    supply: SupplyFacts,
    organization: OrganizationFacts,
    *,
    policy: Policy,
    as_of: date,
    text_model: TextModel,
) -> PairScore:
    """Score one demand and one supply on a day."""
    offer = Offer(supply=supply, organization=organization)
    return score_pairs([demand], [offer], policy=policy, as_of=as_of, text_model=text_model)[0][0]


def score_pairs(
    demands: Sequence[DemandFacts],
    offers: Sequence[Offer],
    *,
    policy: Policy,
    as_of: date,
    text_model: TextModel,
) -> list[list[PairScore]]:
    """Score every demand with every offer; row i belongs to demand i, in the order given."""
    similarity = text_model.compare(
        text_model.encode([read_demand_text(demand) for demand in demands]),
        text_model.encode([read_supply_text(offer.supply) for offer in offers]),
    )
    scorers = [DemandScorer(demand, policy=policy, as_of=as_of, model_hash=text_model.model_hash) for demand in demands]
    return [
        [scorer.score(offer, nearness) for offer, nearness in zip(offers, row, strict=True)]
        for scorer, row in zip(scorers, _list_nearness(similarity), strict=True)
    ]


class DemandScorer:
    """Scores supplies for one demand under a policy on a day, of whose texts it is known how near they are."""

    def __init__(self, demand: DemandFacts, *, policy: Policy, as_of: date, model_hash: str) -> None:
        self._demand, self._policy, self._as_of, self._model_hash = demand, policy, as_of, model_hash
        self._fit = FitToDemand(demand, policy=policy, as_of=as_of)
        self._tilt = TiltOfDemand(demand, policy=policy)

    def score(self, offer: Offer, nearness: TextNearness, *, is_eligible: bool = False) -> PairScore:
        """Score one supply; where it is known to be eligible, the gates need not be asked again."""
        # Rounded once more: what an executor found may have been rounded by multiplying, and differ in its last bit.
        nearness = TextNearness(
            meaning=round(nearness.meaning, SIMILARITY_DIGITS), terms=round(nearness.terms, SIMILARITY_DIGITS)
        )
        demand, policy, supply, organization = self._demand, self._policy, offer.supply, offer.organization
        gates = NO_REASONS
        if not is_eligible:
            gates = check_gates(demand, supply, organization, as_of=self._as_of, gates=policy.gates)
        fit_parts = self._fit.measure(offer, nearness)
        tilt_parts = self._tilt.measure(organization)
        fit = sum([part.points for part in fit_parts])
        tilt = cap_tilt(fit, tilt_parts, policy=policy)
        return PairScore(
            demand_id=demand.demand_id,
            supply_id=supply.supply_id,
            organization_id=organization.organization_id,
            excluded=gates.excluded,
            held=gates.held,
            fit_parts=fit_parts,
            tilt_parts=tilt_parts,
            fit=fit,
            tilt=tilt,
            total=round_total(fit + tilt),
            tie_breakers=measure_tie_breakers(demand, supply, policy),
            policy_version=policy.version,
            model_hash=self._model_hash,
        )


def rank_supplies(
    demand: DemandFacts, offers: Sequence[Offer], *, policy: Policy, as_of: date, text_model: TextModel
) -> list[PairScore]:
    """Rank the offers for a demand, the best first; held and excluded ones stand at the end with their reasons."""
    return sort_pairs(score_pairs([demand], offers, policy=policy, as_of=as_of, text_model=text_model)[0])


def rank_demands(
    offer: Offer, demands: Sequence[DemandFacts], *, policy: Policy, as_of: date, text_model: TextModel
) -> list[PairScore]:
    """Rank the demands for an offer, the best first; held and excluded ones stand at the end with their reasons."""
    rows = score_pairs(demands, [offer], policy=policy, as_of=as_of, text_model=text_model)
    return sort_pairs(row[0] for row in rows)


def make_order(pair: Measured, tie_breakers: Iterable[tuple[str, float]]) -> tuple[object, ...]:
    """Return the key that sorts a pair among others, from the best to the last."""
    ties = (-value for _, value in tie_breakers)
    return (rank_status(pair.status), -pair.total, *ties, pair.supply_id, pair.demand_id)


def rank_status(status: str) -> int:
    """Return the place of a status in every order: eligible before held before excluded."""
    return _STATUSES.index(status)


def sort_pairs(pairs: Iterable[PairScore]) -> list[PairScore]:
    """Return pairs in the documented order."""
    return sorted(pairs, key=lambda pair: pair.order)


def round_total(total: float) -> float:
    """Round a total to six digits, half a unit upwards whatever the last bits say."""
    return math.floor(total * TOTAL_UNITS + (1 - ROUND_UP_FROM)) / TOTAL_UNITS


def _list_nearness(similarity: TextSimilarity) -> Iterator[list[TextNearness]]:
    for meanings, terms in zip(similarity.meaning.tolist(), similarity.terms.tolist(), strict=True):
        yield [TextNearness(meaning=one, terms=other) for one, other in zip(meanings, terms, strict=True)]


def measure_tie_breakers(demand: DemandFacts, supply: SupplyFacts, policy: Policy) -> tuple[tuple[str, float], ...]:
    """Return what decides between equal totals (同等条件下优先), the first first; more comes before less."""
    values = {
        "participation": float(supply.participations_last_3y or 0),
        "development": {"development": 1.0, "both": 0.5}.get(supply.assist_mode or "", 0.0),
    }
    names = policy.purchase_tie_breakers if demand.is_government_purchase else policy.tie_breakers
    return tuple((name, values[name]) for name in names)
