"""Who gets whom when places are scarce: a greedy b-matching with one pass of improvement.

Greedy takes the pairs by falling score while both sides have room. The improvement pass then looks at every pair that
was left out: if adding it, at the price of one weaker pair on each full side, raises the total (also counting what the
displaced ones can take instead), it is done. A declined pair is left out of the candidates and the rest ranked again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_SMALLEST_GAIN = 1e-9


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair that may be recommended, with its total score."""

    demand_id: str
    supply_id: str
    score: float


@dataclass(slots=True)
class _Plan:
    places: Mapping[str, int]
    capacity: Mapping[str, int]
    chosen: set[Candidate] = field(default_factory=set)
    used_places: Counter[str] = field(default_factory=Counter)
    used_capacity: Counter[str] = field(default_factory=Counter)

    def has_place(self, demand_id: str) -> bool:
        return self.used_places[demand_id] < self.places.get(demand_id, 0)

    def has_capacity(self, supply_id: str) -> bool:
        return self.used_capacity[supply_id] < self.capacity.get(supply_id, 0)

    def can_take(self, candidate: Candidate) -> bool:
        return (
            candidate not in self.chosen
            and self.has_place(candidate.demand_id)
            and self.has_capacity(candidate.supply_id)
        )

    def add(self, candidate: Candidate) -> None:
        self.chosen.add(candidate)
        self.used_places[candidate.demand_id] += 1
        self.used_capacity[candidate.supply_id] += 1

    def remove(self, candidate: Candidate) -> None:
        self.chosen.remove(candidate)
        self.used_places[candidate.demand_id] -= 1
        self.used_capacity[candidate.supply_id] -= 1


def allocate(
    candidates: Iterable[Candidate], *, places: Mapping[str, int], capacity: Mapping[str, int]
) -> list[Candidate]:
    """
    Choose pairs of high total score within open places and free capacity.

    :raises ValueError: if a pair stands among the candidates twice
    """
    ordered = sort_candidates(candidates)
    if len({(candidate.demand_id, candidate.supply_id) for candidate in ordered}) != len(ordered):
        raise ValueError("a pair stands among the candidates twice")
    plan = _Plan(places=places, capacity=capacity)
    for candidate in ordered:
        if plan.can_take(candidate):
            plan.add(candidate)
    by_demand: dict[str, list[Candidate]] = defaultdict(list)
    by_supply: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in ordered:
        by_demand[candidate.demand_id].append(candidate)
        by_supply[candidate.supply_id].append(candidate)
    for candidate in ordered:
        if candidate not in plan.chosen and places.get(candidate.demand_id) and capacity.get(candidate.supply_id):
            _try_exchange(plan, candidate, by_demand, by_supply)
    return sort_candidates(plan.chosen)


def sort_candidates(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return candidates by falling score, equal ones by the ids of demand and supply."""
    return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.demand_id, candidate.supply_id))


def _try_exchange(
    plan: _Plan,
    candidate: Candidate,
    by_demand: Mapping[str, list[Candidate]],
    by_supply: Mapping[str, list[Candidate]],
) -> None:
    """Take a left-out candidate, displace the weakest where needed, refill, and go back unless the total rose."""
    removed = []
    if not plan.has_place(candidate.demand_id):
        removed.append(_find_weakest(plan, by_demand[candidate.demand_id]))
        plan.remove(removed[0])
    if not plan.has_capacity(candidate.supply_id):
        removed.append(_find_weakest(plan, by_supply[candidate.supply_id]))
        plan.remove(removed[-1])
    plan.add(candidate)
    added = [candidate]
    for displaced in removed:
        # Both ends of a displaced pair have room again: each may take its best other partner.
        for pool in (by_demand[displaced.demand_id], by_supply[displaced.supply_id]):
            refill = next((other for other in pool if other not in removed and plan.can_take(other)), None)
            if refill is not None:
                plan.add(refill)
                added.append(refill)
    gain = sum(pair.score for pair in added) - sum(pair.score for pair in removed)
    if gain <= _SMALLEST_GAIN:
        for pair in added:
            plan.remove(pair)
        for pair in removed:
            plan.add(pair)


def _find_weakest(plan: _Plan, ordered: list[Candidate]) -> Candidate:
    return next(pair for pair in reversed(ordered) if pair in plan.chosen)
