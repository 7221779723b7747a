"""Give scarce places: from the pairs worth a proposal to those chosen, and the record of how; CPU work."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypedDict
from uuid import UUID

import numpy as np

from services.matching.candidates.actions.market import Market
from services.matching.pairings.actions.quotas import Pending
from services.matching.scoring.facts import DemandFacts
from services.matching.scoring.ranking import PairScore

if TYPE_CHECKING:  # importing numba takes most of a second, and only the job that carries out a run pays it
    from services.matching.allocation.allocating import Allocation
    from services.matching.allocation.certificate import BestNet
    from services.matching.allocation.floors import Floors
    from services.matching.allocation.graph import Graph


@dataclass(frozen=True, eq=False)
class Columns:
    """
    Pairs of one kind as arrays, demand by demand and for each in the documented order.

    Demands and supplies are numbered in the order of their ids.
    """

    demands: Any
    supplies: Any
    totals: Any


class Candidates(Protocol):
    """The pairs worth a proposal, wherever they were found: the eligible ones and the held ones."""

    def list_columns(self, *, held: bool) -> Columns:
        """Return the candidates of one kind."""
        ...

    def score(self, chosen: Any, *, held: bool) -> list[PairScore]:
        """Return some of the candidates by their places in the columns, scored by the reference."""
        ...

    def certify(self, graph: "Graph", *, held: bool) -> "BestNet | None":
        """Return what knows the best of all pairs, not only of the candidates; None if nobody does."""
        ...


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
    gap_over_all_pairs: float | None
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

    def place(self, candidates: Candidates) -> Placed:
        """Choose among candidates under the policy's allocation rules."""
        from services.matching.allocation.allocating import allocate

        columns, rules = candidates.list_columns(held=self.held), self.market.policy.allocation
        graph = self._build(columns)
        floors, counties = self._read_floors()
        found = allocate(graph, mode=rules.mode, gap=rules.gap, floors=floors)
        record = self._record(graph, found, floors, counties, candidates.certify(graph, held=self.held))
        # The graph keeps the candidates in their order, so its edges are their places.
        keys = (column[found.chosen] for column in (columns.supplies, columns.demands, -columns.totals))
        order = np.lexsort(tuple(keys))
        return Placed(candidates.score(found.chosen[order], held=self.held), record)

    @cached_property
    def _demands(self) -> list[DemandFacts]:
        return [self.market.demands[one] for one in sorted(self.market.demands)]

    def _build(self, columns: Columns) -> "Graph":
        from services.matching.allocation.graph import build_graph

        quota = self.market.policy.pushes_per_demand
        places = [self.pending.count_places(one, quota=quota, held=self.held) for one in self._demands]
        offers = [self.market.offers[one] for one in sorted(self.market.offers)]
        owners = sorted({offer.organization.organization_id for offer in offers})
        free = sum(places)
        most = [self._find_most(owner, free) for owner in owners]
        numbers = {owner: number for number, owner in enumerate(owners)}
        return build_graph(
            demands=columns.demands,
            supplies=columns.supplies,
            scores=columns.totals,
            places=places,
            capacity=[self.pending.count_units(offer.supply) for offer in offers],
            organizations=np.array([numbers[offer.organization.organization_id] for offer in offers], np.int32),
            most=most,
            ranks=np.arange(len(columns.totals)),
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
        facts = self._demands
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
        self,
        graph: "Graph",
        found: "Allocation",
        floors: "Floors",
        counties: list[str],
        best_net: "BestNet | None",
    ) -> StageRecord:
        certificate = found.certificate
        used = np.bincount(graph.organizations[graph.supplies[found.chosen]], minlength=len(graph.most))
        is_met = found.reached >= floors.least
        return {
            "candidates": len(graph.scores),
            "chosen": len(found.chosen),
            "total": round(found.total, 6),
            "bound": round(certificate.bound, 6),
            "gap": round(found.gap, 8),
            "gap_over_all_pairs": None if best_net is None else _find_gap(graph, found, best_net),
            "organizations_at_limit": int(((used >= graph.most) & (used > 0)).sum()),
            "floors": {
                "counties": len(counties),
                "kept": int(is_met.sum()),
                "unmet_counties": [county for county, met in zip(counties, is_met, strict=True) if not met],
                "price": round(found.free_total - found.total, 6) + 0.0,
            },
        }


def _find_gap(graph: "Graph", found: "Allocation", best_net: "BestNet") -> float:
    from services.matching.allocation.certificate import find_bound

    bound = find_bound(graph, found.certificate.prices, found.certificate.used, best_net)
    return round(max(0.0, bound - found.free_total) / bound, 8) if bound > 0 else 0.0
