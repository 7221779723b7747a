"""Give scarce places: from the pairs worth a proposal to those chosen, and the record of how; CPU work."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict
from uuid import UUID

import numpy as np

from services.matching.candidates.actions.market import Market
from services.matching.pairings.actions.quotas import Pending
from services.matching.scoring.ranking import PairScore, sort_pairs

if TYPE_CHECKING:  # importing numba takes most of a second, and only the job that carries out a run pays it
    from services.matching.allocation.allocating import Allocation
    from services.matching.allocation.floors import Floors
    from services.matching.allocation.graph import Graph


@dataclass(frozen=True, slots=True)
class Rest:
    """A pair worth a proposal that is not among its demand's candidates: it only counts for the certificate."""

    demand_id: str
    supply_id: str
    total: float
    held: bool


class FloorsRecord(TypedDict):
    """What the floors demanded: counties, how many have theirs, who has not, and the price in total score."""

    counties: int
    kept: int
    unmet_counties: list[str]
    price: float


class StageRecord(TypedDict):
    """How well the places were given; gaps are shares of the bound, over the candidates and over all pairs."""

    candidates: int
    chosen: int
    total: float
    bound: float
    gap: float
    gap_over_all_pairs: float
    organizations_at_limit: int
    floors: FloorsRecord


@dataclass(frozen=True)
class Placed:
    """The chosen pairs of a stage and its record."""

    chosen: list[PairScore]
    record: StageRecord


@dataclass(frozen=True)
class Stage:
    """What room a stage has: the eligible pairs come first, the held ones get what is left."""

    market: Market
    pending: Pending
    recommended_today: Mapping[UUID, int]
    given: Mapping[str, int]  # organization -> pairs that the stage before gave it
    held: bool

    def place(self, pairs: Iterable[PairScore], rests: Iterable[Rest]) -> Placed:
        """Choose among pairs under the policy's allocation rules."""
        from services.matching.allocation.allocating import allocate

        ordered, rules = order_rows(pairs), self.market.policy.allocation
        beyond = [rest for rest in rests if rest.held == self.held]
        graph = self._build([(pair.demand_id, pair.supply_id, pair.total) for pair in ordered])
        floors, counties = self._read_floors()
        found = allocate(graph, mode=rules.mode, gap=rules.gap, floors=floors)
        taken = {(int(graph.owners[edge]), int(graph.supplies[edge])) for edge in found.chosen}
        demands, supplies = self._numbers
        chosen = [pair for pair in ordered if (demands[pair.demand_id], supplies[pair.supply_id]) in taken]
        everything = [(pair.demand_id, pair.supply_id, pair.total) for pair in ordered]
        everything += [(rest.demand_id, rest.supply_id, rest.total) for rest in beyond]
        record = self._record(graph, found, floors, counties, self._build(everything) if beyond else graph)
        chosen.sort(key=lambda pair: (-pair.total, pair.demand_id, pair.supply_id))
        return Placed(chosen, record)

    @property
    def _numbers(self) -> tuple[dict[str, int], dict[str, int]]:
        return (
            {str(one): number for number, one in enumerate(sorted(self.market.demands))},
            {str(one): number for number, one in enumerate(sorted(self.market.offers))},
        )

    def _build(self, pairs: Sequence[tuple[str, str, float]]) -> "Graph":
        from services.matching.allocation.graph import build_graph

        demands, supplies = self._numbers
        market = self.market
        quota = market.policy.pushes_per_demand
        places = [
            self.pending.count_places(market.demands[one], quota=quota, held=self.held)
            for one in sorted(market.demands)
        ]
        offers = [market.offers[one] for one in sorted(market.offers)]
        owners = sorted({offer.organization.organization_id for offer in offers})
        most = [self._find_most(owner, sum(places)) for owner in owners]
        numbers = {owner: number for number, owner in enumerate(owners)}
        return build_graph(
            demands=[demands[demand] for demand, _, _ in pairs],
            supplies=[supplies[supply] for _, supply, _ in pairs],
            scores=[total for _, _, total in pairs],
            places=places,
            capacity=[self.pending.count_units(offer.supply) for offer in offers],
            organizations=np.array([numbers[offer.organization.organization_id] for offer in offers], np.int32),
            most=most,
            ranks=np.arange(len(pairs)),
        )

    def _find_most(self, organization_id: str, places: int) -> int:
        from services.matching.allocation.graph import NO_LIMIT

        today = self.recommended_today.get(UUID(organization_id), 0)
        most = self.market.policy.allocation.find_most(places, today)
        return NO_LIMIT if most is None else max(0, most - self.given.get(organization_id, 0))

    def _read_floors(self) -> "tuple[Floors, list[str]]":
        """Return the floors and the county codes in their order; what is underway counts."""
        from services.matching.allocation.floors import Floors
        from services.matching.allocation.kernels.winning import NO_GROUP

        wanted = self.market.policy.allocation.floors
        facts = [self.market.demands[one] for one in sorted(self.market.demands)]
        least: dict[str, int] = {}
        for one in facts:
            floor = max((wanted.get(label, 0) for label in one.designations), default=0)
            if floor:
                county = one.division_code[:6]
                least[county] = max(floor, least.get(county, 0))
        counties = sorted(least)
        numbers = {county: number for number, county in enumerate(counties)}
        underway = self.pending.waiting if self.held else self.pending.pushed
        served: Counter[str] = Counter()
        for one in facts:
            served[one.division_code[:6]] += underway.get(UUID(one.demand_id), 0)
        floors = Floors(
            groups=np.array([numbers.get(one.division_code[:6], NO_GROUP) for one in facts], np.int32),
            least=np.array([least[county] for county in counties], np.int64),
            served=np.array([served[county] for county in counties], np.int64),
        )
        return floors, counties

    def _record(
        self, graph: "Graph", found: "Allocation", floors: "Floors", counties: list[str], everything: "Graph"
    ) -> StageRecord:
        from services.matching.allocation.certificate import find_bound, sum_best

        certificate = found.certificate
        bound = find_bound(everything, certificate.prices, certificate.used, sum_best(everything))
        used = np.bincount(graph.organizations[graph.supplies[found.chosen]], minlength=len(graph.most))
        is_met = found.reached >= floors.least
        return {
            "candidates": len(graph.scores),
            "chosen": len(found.chosen),
            "total": round(found.total, 6),
            "bound": round(certificate.bound, 6),
            "gap": round(found.gap, 8),
            "gap_over_all_pairs": round(max(0.0, bound - found.free_total) / bound, 8) if bound > 0 else 0.0,
            "organizations_at_limit": int(((used >= graph.most) & (used > 0)).sum()),
            "floors": {
                "counties": len(counties),
                "kept": int(is_met.sum()),
                "unmet_counties": [county for county, met in zip(counties, is_met, strict=True) if not met],
                "price": round(found.free_total - found.total, 6) + 0.0,
            },
        }


def order_rows(pairs: Iterable[PairScore]) -> list[PairScore]:
    """Return pairs demand by demand in the documented order; purchases have other tie-breakers than other demands."""
    rows: dict[str, list[PairScore]] = defaultdict(list)
    for pair in pairs:
        rows[pair.demand_id].append(pair)
    return [pair for demand_id in sorted(rows) for pair in sort_pairs(rows[demand_id])]
