"""What a run works on, and the pure computation from it to the proposals; CPU work for the scorer's thread."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, TypedDict
from uuid import UUID

from services.matching.allocation.reports import Churn, Coverage, OpenDemand, report_churn, report_coverage
from services.matching.candidates.actions.market import Market
from services.matching.pairings.actions.quotas import Pending
from services.matching.runs.actions.placing import Candidates, Stage, StageRecord
from services.matching.runs.actions.scored import Block, Rest, ScoredPairs
from services.matching.scoring.facts import DemandFacts
from services.matching.scoring.ranking import PairScore, score_pairs, sort_pairs
from services.matching.scoring.text import TextModel

BLOCK = 20
MOST_CANDIDATES = 50  # of one demand: design of matching, section 4


class AllocationRecord(TypedDict):
    """How places were given in a run: first to eligible pairs, then to held ones; coverage and churn of both."""

    mode: str
    eligible: StageRecord
    held: StageRecord
    coverage: Coverage
    churn: Churn


@dataclass(frozen=True)
class Choice:
    """Who gets whom, and the record of both stages and of whom that covers."""

    chosen: list[PairScore]
    eligible: StageRecord
    held: StageRecord
    coverage: Coverage


@dataclass(frozen=True)
class LastRun:
    """The pairs that the last finished run proposed, and those of them that have not ended."""

    run_id: UUID | None = None
    pairs: frozenset[tuple[UUID, UUID]] = frozenset()
    standing: frozenset[tuple[UUID, UUID]] = frozenset()


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
    chosen: list[PairScore]
    allocation: AllocationRecord


@dataclass(frozen=True)
class RunInput:
    """Everything that decides what a run proposes; ``tried`` pairs are not proposed again."""

    market: Market
    feed_cursors: dict[str, str]
    tried: frozenset[tuple[UUID, UUID]]
    pending: Pending
    recommended_today: dict[UUID, int]
    last: LastRun

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
        return self.sift_rows(rows)

    def sift_rows(self, rows: list[list[PairScore]]) -> Block:
        """Count the scored pairs of some demands, and keep those worth a proposal."""
        scored = [pair for row in rows for pair in row]
        worthy, rests = self._list_worthy(rows)
        return Block(
            pairs=len(scored),
            excluded=sum(bool(pair.excluded) for pair in scored),
            held=sum(bool(pair.held) for pair in scored),
            worthy=worthy,
            rests=rests,
        )

    def make_plan(self, blocks: Iterable[Block], model: TextModel) -> Plan:
        """Allocate the pairs of all blocks."""
        found = list(blocks)
        return self.record(
            self.choose(found),
            model_hash=model.model_hash,
            excluded=sum(block.excluded for block in found),
            held=sum(block.held for block in found),
        )

    def choose(self, found: list[Block]) -> Choice:
        """Allocate among scored pairs."""
        return self.allocate(ScoredPairs(self.market, found))

    def allocate(self, candidates: Candidates) -> Choice:
        """Allocate eligible pairs first, then held ones to what is still free."""
        eligible = Stage(self.market, self.pending, self.recommended_today, {}, held=False).place(candidates)
        left = Pending(
            pushed=self.pending.pushed,
            waiting=Counter(self.pending.waiting) + Counter(UUID(pair.demand_id) for pair in eligible.chosen),
            promised=Counter(self.pending.promised) + Counter(UUID(pair.supply_id) for pair in eligible.chosen),
        )
        given = Counter(pair.organization_id for pair in eligible.chosen)
        held = Stage(self.market, left, self.recommended_today, given, held=True).place(candidates)
        chosen = eligible.chosen + held.chosen
        return Choice(chosen, eligible.record, held.record, self._cover(chosen))

    def record(self, choice: Choice, *, model_hash: str, excluded: int, held: int) -> Plan:
        """Return a choice with what it came from."""
        return Plan(
            policy_version=self.market.policy.version,
            model_hash=model_hash,
            input_hash=self.hash(),
            demands=len(self.market.demands),
            supplies=len(self.market.offers),
            pairs=len(self.market.demands) * len(self.market.offers),
            excluded_pairs=excluded,
            held_pairs=held,
            chosen=choice.chosen,
            allocation={
                "mode": self.market.policy.allocation.mode,
                "eligible": choice.eligible,
                "held": choice.held,
                "coverage": choice.coverage,
                "churn": report_churn(
                    {(pair.demand_id, pair.supply_id) for pair in choice.chosen},
                    previous_run_id=str(self.last.run_id) if self.last.run_id else None,
                    last=_plain_pairs(self.last.pairs),
                    standing=_plain_pairs(self.last.standing),
                ),
            },
        )

    def hash(self) -> str:
        """Return a SHA-256 over the input: equal inputs give equal hashes, whatever the order of reading."""
        digest = hashlib.sha256()
        for piece in self._write():
            digest.update(piece.encode())
        return digest.hexdigest()

    def _write(self) -> Iterator[str]:
        """Yield the input as one JSON object with sorted keys; a province as a whole would fill the memory."""
        market = self.market
        yield f'{{"as_of": {_dump(market.as_of)}, "demands": ['
        yield from _join(_dump(asdict(market.demands[one])) for one in sorted(market.demands))
        yield f'], "last": {_dump([self.last.run_id, sorted(self.last.pairs), sorted(self.last.standing)])}'
        yield ', "offers": ['
        yield from _join(_dump(asdict(market.offers[one])) for one in sorted(market.offers))
        yield f'], "pending": {_dump([sorted(counts.items()) for counts in asdict(self.pending).values()])}'
        yield f', "policy": {_dump(asdict(market.policy))}'
        yield f', "recommended_today": {_dump(sorted(self.recommended_today.items()))}'
        yield f', "tried": {_dump(sorted(self.tried))}}}'

    def _list_worthy(self, rows: list[list[PairScore]]) -> tuple[list[PairScore], list[Rest]]:
        """Return the untried pairs that reach the threshold: at most fifty of a demand and kind, and the rest."""
        worthy, rests = [], []
        for row in rows:
            kept: Counter[str] = Counter()
            for pair in sort_pairs(row):
                is_new = (UUID(pair.demand_id), UUID(pair.supply_id)) not in self.tried
                if not is_new or pair.excluded or pair.total < self.market.policy.proposal_threshold:
                    continue
                kept[pair.status] += 1
                if kept[pair.status] <= MOST_CANDIDATES:
                    worthy.append(pair)
                else:
                    rests.append(Rest(pair.demand_id, pair.supply_id, pair.total, bool(pair.held)))
        return worthy, rests

    def _cover(self, chosen: list[PairScore]) -> Coverage:
        floors = self.market.policy.allocation.floors
        demands = [
            OpenDemand(
                demand_id=facts.demand_id,
                division=facts.division_code,
                is_key=bool(facts.designations & floors.keys()),
                served=self.pending.waiting.get(one, 0) > 0,
            )
            for one, facts in sorted(self.market.demands.items())
        ]
        return report_coverage(demands, [(pair.demand_id, pair.organization_id) for pair in chosen])


def _plain_pairs(pairs: Iterable[tuple[UUID, UUID]]) -> set[tuple[str, str]]:
    return {(str(demand), str(supply)) for demand, supply in pairs}


def _dump(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=_plain)


def _join(pieces: Iterable[str]) -> Iterator[str]:
    for place, piece in enumerate(pieces):
        yield f", {piece}" if place else piece


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, (set, frozenset)) else str(value)
