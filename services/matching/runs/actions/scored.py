"""Candidates of a run whose pairs were all scored by the reference."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np

from services.matching.candidates.actions.market import Market
from services.matching.runs.actions.placing import Columns
from services.matching.scoring.ranking import PairScore, sort_pairs

if TYPE_CHECKING:
    from services.matching.allocation.certificate import BestNet
    from services.matching.allocation.graph import Graph


@dataclass(frozen=True, slots=True)
class Rest:
    """A pair worth a proposal that is not among its demand's candidates: it only counts for the certificate."""

    demand_id: str
    supply_id: str
    total: float
    held: bool


@dataclass(frozen=True)
class Block:
    """What scoring some demands against every supply brought: the counts, and the pairs worth a proposal."""

    pairs: int
    excluded: int
    held: int
    worthy: list[PairScore]
    rests: list[Rest]


class ScoredPairs:
    """The candidates among scored pairs, and the rests that only certify."""

    def __init__(self, market: Market, blocks: Sequence[Block]) -> None:
        self._demands, self._supplies = _number(market.demands), _number(market.offers)
        worthy = [pair for block in blocks for pair in block.worthy]
        self._ordered = {held: order_rows(pair for pair in worthy if bool(pair.held) == held) for held in (False, True)}
        self._rests = [rest for block in blocks for rest in block.rests]

    def list_columns(self, *, held: bool) -> Columns:
        """Return the candidates of one kind."""
        return self._make_columns(self._ordered[held])

    def score(self, chosen: Any, *, held: bool) -> list[PairScore]:
        """Return some candidates; they are scored."""
        return [self._ordered[held][place] for place in chosen]

    def certify(self, graph: "Graph", *, held: bool) -> "BestNet":
        """Return what knows the best of the candidates and the rests."""
        from services.matching.allocation.certificate import sum_best
        from services.matching.allocation.graph import build_graph

        rests = [rest for rest in self._rests if rest.held == held]
        if not rests:
            return sum_best(graph)
        columns = self._make_columns([*self._ordered[held], *rests])
        everything = build_graph(
            demands=columns.demands,
            supplies=columns.supplies,
            scores=columns.totals,
            places=graph.places,
            capacity=graph.capacity,
        )
        return sum_best(everything)

    def _make_columns(self, pairs: Sequence[PairScore | Rest]) -> Columns:
        return Columns(
            demands=np.array([self._demands[pair.demand_id] for pair in pairs], np.int64),
            supplies=np.array([self._supplies[pair.supply_id] for pair in pairs], np.int64),
            totals=np.array([pair.total for pair in pairs], np.float64),
        )


def order_rows(pairs: Iterable[PairScore]) -> list[PairScore]:
    """Return pairs demand by demand in the documented order; purchases have other tie-breakers than other demands."""
    rows: dict[str, list[PairScore]] = defaultdict(list)
    for pair in pairs:
        rows[pair.demand_id].append(pair)
    return [pair for demand_id in sorted(rows) for pair in sort_pairs(rows[demand_id])]


def _number(facts: Mapping[UUID, object]) -> dict[str, int]:
    return {str(one): number for number, one in enumerate(sorted(facts))}
