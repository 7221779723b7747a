"""Candidates of a run over a market too large to score every pair: the pools of the engine; CPU work for a thread."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from services.matching.runs.actions.numbered import NumberedMarket
from services.matching.runs.actions.placing import Columns
from services.matching.runs.actions.planning import MOST_CANDIDATES, Choice, Plan, RunInput
from services.matching.scoring.ranking import PairScore
from services.matching.scoring.text import CorpusTextModel, SentenceEncoder, TextModel

if TYPE_CHECKING:  # importing numba takes most of a second, and only who builds an engine pays it
    from services.matching.allocation.certificate import BestNet
    from services.matching.allocation.graph import Graph
    from services.matching.engine.pools import Pools, StillMarket


@dataclass(frozen=True, eq=False)
class _Worthy:
    """Pairs of one kind that are worth a proposal, as arrays; the candidates among them, and what is known of these."""

    demands: Any
    supplies: Any
    totals: Any
    is_candidate: Any
    terms: Any  # of the candidates
    meanings: Any

    def list_candidates(self) -> Columns:
        """Return the candidates alone."""
        return Columns(*(one[self.is_candidate] for one in (self.demands, self.supplies, self.totals)))


@dataclass(frozen=True, eq=False)
class ListedBlock:
    """What the pools of some demands brought: the counts over all pairs, and the pairs worth a proposal by kind."""

    demands: Any
    eligible: int
    held: int
    worthy: dict[bool, _Worthy]
    is_full: Any
    beyond: Any


class Listing:
    """A run by the engine: its pools instead of all pairs, and the reference for what is chosen."""

    def __init__(self, work: RunInput, model: TextModel) -> None:
        """
        Build the engine over the run's input.

        :raises NotIndexable: if the policy's score has a form that the engine does not know
        """
        from services.matching.engine.pools import StillMarket

        market = work.market
        self.work, self.numbered, self.model_hash = work, NumberedMarket(market), model.model_hash
        self.still = StillMarket(
            self.numbered.offers, self.numbered.demands, market.policy, as_of=market.as_of, text_model=model
        )
        self._tried = _number_tried(work)

    @classmethod
    def build(cls, work: RunInput, vectors: SentenceEncoder) -> "Listing":
        """
        Build it with the term weights of the run's own corpus.

        :raises NotIndexable: if the policy's score has a form that the engine does not know
        """
        corpus = replace(work.market).corpus  # the market itself would remember it
        return cls(work, CorpusTextModel.of_corpus(corpus, encoder=vectors))

    def list_blocks(self) -> list[Any]:
        """Return the numbers of the demands in blocks."""
        return self.still.list_blocks() if self.work.market.demands else []

    def find_pools(self, block: Any) -> "Pools":
        """Return the pools of a block of demands."""
        return self.still.find_pools(block)

    def look(self, block: Any) -> ListedBlock:
        """Return what the pools of a block bring."""
        return self.sift(self.find_pools(block))

    def sift(self, pools: "Pools") -> ListedBlock:
        """Keep the pairs worth a proposal: untried and from the threshold on, fifty of a kind as candidates."""
        threshold = self.work.market.policy.proposal_threshold
        pairs = pools.demands[:, None] * len(self.numbered.offers) + pools.supplies
        is_worthy = (pools.supplies >= 0) & (pools.totals >= threshold) & ~np.isin(pairs, self._tried)
        kinds = {held: is_worthy & (pools.is_held == held) for held in (False, True)}
        return ListedBlock(
            demands=pools.demands,
            eligible=pools.eligible,
            held=pools.held,
            worthy={held: _keep(pools, mask) for held, mask in kinds.items()},
            is_full=pools.is_full,
            beyond=np.where(pools.beyond >= threshold, pools.beyond, 0.0),
        )

    def choose(self, blocks: list[ListedBlock]) -> Choice:
        """Allocate among what the blocks brought."""
        return self.work.allocate(ListedPairs(self.numbered, self.still, blocks, self.model_hash))

    def make_plan(self, blocks: list[ListedBlock]) -> Plan:
        """Allocate among what the blocks brought, with the record of it."""
        market = self.work.market
        eligible, held = (sum(getattr(block, name) for block in blocks) for name in ("eligible", "held"))
        excluded = len(market.demands) * len(market.offers) - eligible - held
        return self.work.record(self.choose(blocks), model_hash=self.model_hash, excluded=excluded, held=held)


class ListedPairs:
    """
    The candidates that the pools brought.

    They certify over all pairs: what stands in no pool counts by its total without the meaning of the texts, which
    nobody looks at there. Held pairs outside full pools are known to nobody, and where a demand could still use one
    there is no certificate.
    """

    def __init__(
        self, numbered: NumberedMarket, still: "StillMarket", blocks: list[ListedBlock], model_hash: str
    ) -> None:
        self._still, self._named, self._model_hash = still, numbered, model_hash
        self._worthy = {held: _join([block.worthy[held] for block in blocks]) for held in (False, True)}
        self._columns = {held: worthy.list_candidates() for held, worthy in self._worthy.items()}
        self._is_full = np.zeros(len(numbered.demands), bool)
        self._beyond = np.zeros(len(numbered.demands))
        for block in blocks:
            self._is_full[block.demands], self._beyond[block.demands] = block.is_full, block.beyond

    def list_columns(self, *, held: bool) -> Columns:
        """Return the candidates of one kind."""
        return self._columns[held]

    def score(self, chosen: Any, *, held: bool) -> list[PairScore]:
        """Return some candidates as the reference scores them, by what was found of their texts."""
        columns, worthy = self._columns[held], self._worthy[held]
        return [
            self._named.score(
                columns.demands[place],
                columns.supplies[place],
                terms=worthy.terms[place],
                meaning=worthy.meanings[place],
                model_hash=self._model_hash,
            )
            for place in chosen
        ]

    def certify(self, graph: "Graph", *, held: bool) -> "BestNet | None":
        """Return what knows the best of all pairs."""
        from services.matching.allocation.certificate import sum_best_or

        if held and bool((self._is_full & (graph.places > 0)).any()):
            return None
        worthy = self._worthy[held]
        counts = np.bincount(worthy.demands, minlength=len(graph.places))
        pointers = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])

        def bound_others(prices: Any, places: Any) -> Any:
            asked = np.where(self._beyond > 0, np.minimum(places, 1), 0)
            if held or not asked.any():
                return np.zeros(len(places))
            highest = np.minimum(self._still.bound_nets(prices, asked), self._beyond - prices.min(initial=0))
            return np.where(asked > 0, np.maximum(highest, 0), 0)

        return sum_best_or(pointers, worthy.supplies.astype(np.int32), worthy.totals, bound_others)


def _number_tried(work: RunInput) -> Any:
    """Return the tried pairs of the market as one number each."""
    rows, columns = (
        {one: number for number, one in enumerate(sorted(side))} for side in (work.market.demands, work.market.offers)
    )
    tried = [rows[one] * len(columns) + columns[other] for one, other in work.tried if one in rows and other in columns]
    return np.array(tried, np.int64)


def _keep(pools: "Pools", mask: Any) -> _Worthy:
    """Return the pairs of a mask; the first fifty of a demand are candidates."""
    is_candidate = mask & (np.cumsum(mask, axis=1) <= MOST_CANDIDATES)
    return _Worthy(
        demands=np.repeat(pools.demands, mask.sum(axis=1)).astype(np.int32),
        supplies=pools.supplies[mask],
        totals=pools.totals[mask],
        is_candidate=is_candidate[mask],
        terms=pools.terms[is_candidate],
        meanings=pools.meanings[is_candidate],
    )


def _join(parts: list[_Worthy]) -> _Worthy:
    """Return the pairs of all blocks demand by demand."""
    if not parts:
        return _Worthy(*(np.zeros(0, kind) for kind in (np.int32, np.int32, float, bool, float, float)))
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _Worthy.__annotations__}
    order = np.argsort(joined["demands"], kind="stable")
    of_candidates = np.argsort(joined["demands"][joined["is_candidate"]], kind="stable")
    return _Worthy(
        **{name: one[of_candidates if name in ("terms", "meanings") else order] for name, one in joined.items()}
    )
