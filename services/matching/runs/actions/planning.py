"""What a run works on, and the pure computation from it to the proposals; CPU work for the scorer's thread."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from services.matching.candidates.actions.market import Market
from services.matching.pairings.actions.proposing import Proposal
from services.matching.pairings.actions.quotas import Pending
from services.matching.scoring.allocation import Candidate, allocate
from services.matching.scoring.facts import DemandFacts
from services.matching.scoring.ranking import PairScore, score_pairs, sort_pairs
from services.matching.scoring.text import TextModel

BLOCK = 20
MOST_CANDIDATES = 50  # of one demand: design of matching, section 4


@dataclass(frozen=True)
class Block:
    """What scoring some demands against every supply brought: the counts, and the pairs worth a proposal."""

    pairs: int
    excluded: int
    held: int
    worthy: list[PairScore]


@dataclass(frozen=True)
class Plan:
    """What a run proposes, and the record of what it came from."""

    policy_version: str
    model_hash: str
    input_hash: str
    demands: int
    supplies: int
    pairs: int
    excluded_pairs: int
    held_pairs: int
    proposals: list[Proposal]


@dataclass(frozen=True)
class RunInput:
    """Everything that decides what a run proposes; ``tried`` pairs are not proposed again."""

    market: Market
    feed_cursors: dict[str, str]
    tried: frozenset[tuple[UUID, UUID]]
    pending: Pending

    def list_blocks(self) -> list[list[DemandFacts]]:
        """Return the demands in blocks of at most twenty."""
        demands = list(self.market.demands.values())
        return [demands[start : start + BLOCK] for start in range(0, len(demands), BLOCK)]

    def score_block(self, demands: list[DemandFacts], model: TextModel) -> Block:
        """Score some demands against every supply."""
        market = self.market
        rows = score_pairs(
            demands, list(market.offers.values()), policy=market.policy, as_of=market.as_of, text_model=model
        )
        scored = [pair for row in rows for pair in row]
        return Block(
            pairs=len(scored),
            excluded=sum(bool(pair.excluded) for pair in scored),
            held=sum(bool(pair.held) for pair in scored),
            worthy=[pair for row in rows for pair in self._list_worthy(row)],
        )

    def make_plan(self, blocks: Iterable[Block], model: TextModel) -> Plan:
        """Allocate eligible pairs first, then held ones to what is still free, and explain the chosen ones."""
        found = list(blocks)
        worthy = [pair for block in found for pair in block.worthy]
        chosen = self._allocate([pair for pair in worthy if not pair.held], self.pending, held=False)
        left = Pending(
            pushed=self.pending.pushed,
            waiting=Counter(self.pending.waiting) + Counter(UUID(pair.demand_id) for pair in chosen),
            promised=Counter(self.pending.promised) + Counter(UUID(pair.supply_id) for pair in chosen),
        )
        chosen += self._allocate([pair for pair in worthy if pair.held], left, held=True)
        return Plan(
            policy_version=self.market.policy.version,
            model_hash=model.model_hash,
            input_hash=self.hash(),
            demands=len(self.market.demands),
            supplies=len(self.market.offers),
            pairs=sum(block.pairs for block in found),
            excluded_pairs=sum(block.excluded for block in found),
            held_pairs=sum(block.held for block in found),
            proposals=[Proposal.of(pair, self.market) for pair in chosen],
        )

    def hash(self) -> str:
        """Return a SHA-256 over the input: equal inputs give equal hashes, whatever the order of reading."""
        market = self.market
        content = {
            "policy": asdict(market.policy),
            "as_of": market.as_of,
            "demands": [asdict(market.demands[one]) for one in sorted(market.demands)],
            "offers": [asdict(market.offers[one]) for one in sorted(market.offers)],
            "tried": sorted(self.tried),
            "pending": [sorted(counts.items()) for counts in asdict(self.pending).values()],
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=_plain).encode()).hexdigest()

    def _list_worthy(self, row: list[PairScore]) -> Iterator[PairScore]:
        """Yield the best untried pairs of one demand that reach the policy's threshold, at most fifty of a kind."""
        kept: Counter[str] = Counter()
        for pair in sort_pairs(row):
            is_new = (UUID(pair.demand_id), UUID(pair.supply_id)) not in self.tried
            worthy = not pair.excluded and pair.total >= self.market.policy.proposal_threshold
            if is_new and worthy and kept[pair.status] < MOST_CANDIDATES:
                kept[pair.status] += 1
                yield pair

    def _allocate(self, pairs: list[PairScore], pending: Pending, *, held: bool) -> list[PairScore]:
        quota = self.market.policy.pushes_per_demand
        demands, offers = self.market.demands, self.market.offers
        places = {str(one): pending.count_places(demands[one], quota=quota, held=held) for one in demands}
        capacity = {str(one): pending.count_units(offers[one].supply) for one in offers}
        by_ids = {(pair.demand_id, pair.supply_id): pair for pair in pairs}
        candidates = [Candidate(pair.demand_id, pair.supply_id, pair.total) for pair in pairs]
        return [by_ids[one.demand_id, one.supply_id] for one in allocate(candidates, places=places, capacity=capacity)]


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, (set, frozenset)) else str(value)
