"""The engine: built from the market at a position, kept current by its changes, asked by any number of threads."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock, local

from services.matching.engine.changes import Change, DemandClosed, DemandOpened, SupplyOffered, SupplyWithdrawn
from services.matching.engine.columns import DemandColumns, SupplyColumns, join_columns
from services.matching.engine.encoding import Encoder
from services.matching.engine.kernels.layout import Scratch
from services.matching.engine.searching import Found, Searcher
from services.matching.engine.segment import Segment, build_segment, view_demands
from services.matching.engine.snapshot import Base, Snapshot
from services.matching.engine.sweeping import Rematch, rematch
from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.policy import Policy
from services.matching.scoring.text import TextModel

MOST_ADDED = 2_000
"""With more than this since the base was built, a compaction pays."""


class NotInTheMarket(LookupError):
    """There is no such demand or supply at the engine's position."""


@dataclass(frozen=True)
class Answer:
    """What was found, and up to which position of the feeds it is true."""

    position: int
    found: list[Found]


@dataclass(frozen=True)
class Figures:
    """What the metrics say about the engine."""

    position: int
    supplies: int
    demands: int
    added: int
    memory_bytes: int
    build_seconds: float


class Engine:
    """
    The exact best pairs of one policy on one day.

    An answer is that of one position: it works on a snapshot, and a change only ever touches later versions. Changes
    and compactions exclude one another; neither ever waits for an answer, nor an answer for them.
    """

    def __init__(self, encoder: Encoder, snapshot: Snapshot, *, build_seconds: float) -> None:
        self._encoder, self._snapshot, self._build_seconds = encoder, snapshot, build_seconds
        self._writing, self._compacting = Lock(), Lock()
        self._thread = local()

    @classmethod
    def build(
        cls,
        supplies: Iterable[Offer],
        demands: Iterable[DemandFacts],
        policy: Policy,
        position: int,
        *,
        as_of: date,
        text_model: TextModel,
    ) -> "Engine":
        """
        Build an engine from the market at a position; ``as_of`` is the legal day, on the next one build anew.

        :raises NotIndexable: if the policy's score has a form that the engine does not know
        """
        started = time.monotonic()
        encoder = Encoder(policy=policy, as_of=as_of, text_model=text_model)
        columns = encoder.encode_supplies(supplies), encoder.encode_demands(demands)
        base = Base.of(*columns, term_count=encoder.term_count)
        encoder.fill_tables()
        snapshot = Snapshot(base=base, version=0, position=position, supplies={}, demands={}, delta=None)
        return cls(encoder, snapshot, build_seconds=time.monotonic() - started)

    @property
    def position(self) -> int:
        """Return the position up to which a new answer is true."""
        return self._snapshot.position

    @property
    def wants_compaction(self) -> bool:
        """Tell whether much has come since the base was built."""
        return len(self._snapshot.supplies) + len(self._snapshot.demands) > MOST_ADDED

    def describe(self) -> Figures:
        """Return the figures of the moment."""
        snapshot = self._snapshot
        added = [*snapshot.supplies.values(), *snapshot.demands.values()]
        memory = snapshot.base.segment.nbytes + snapshot.base.demands.nbytes + sum(one.nbytes for one in added)
        return Figures(
            position=snapshot.position,
            supplies=len(snapshot.base.segment.columns) + len(snapshot.supplies),
            demands=len(snapshot.base.demands) + len(snapshot.demands),
            added=len(added),
            memory_bytes=memory,
            build_seconds=self._build_seconds,
        )

    @property
    def term_count(self) -> int:
        """Return how many terms there are."""
        return self._encoder.term_count

    def open_searcher(self) -> tuple[Searcher, Snapshot]:
        """Return a searcher of the moment and the snapshot it may search (for benchmarks and tests)."""
        snapshot = self._snapshot
        return self._make_searcher(), snapshot

    def apply(self, changes: Sequence[Change], position: int) -> None:
        """Take changes in their order; answers asked from now on are true up to the position."""
        supplies = {one.offer.supply.supply_id: self._encoder.encode_supplies([one.offer]) for one in changes
                    if isinstance(one, SupplyOffered)}  # fmt: skip
        demands = {one.demand.demand_id: self._encoder.encode_demands([one.demand]) for one in changes
                   if isinstance(one, DemandOpened)}  # fmt: skip
        self._encoder.fill_tables()  # else the next answer would wait for the cells of new classes
        with self._writing:
            old = self._snapshot
            added, opened, version = dict(old.supplies), dict(old.demands), old.version + 1
            for change in changes:
                match change:
                    case SupplyOffered(offer):
                        self._close_supply(old.base, added, offer.supply.supply_id, version)
                        added[offer.supply.supply_id] = supplies[offer.supply.supply_id]
                    case SupplyWithdrawn(supply_id):
                        self._close_supply(old.base, added, supply_id, version)
                    case DemandOpened(demand):
                        self._close_demand(old.base, opened, demand.demand_id, version)
                        opened[demand.demand_id] = demands[demand.demand_id]
                    case DemandClosed(demand_id):
                        self._close_demand(old.base, opened, demand_id, version)
            same = added.keys() == old.supplies.keys() and all(added[name] is old.supplies[name] for name in added)
            delta = old.delta if same else self._build_delta(added)
            self._snapshot = Snapshot(old.base, version, position, added, opened, delta)

    def candidates(self, demand: DemandFacts | str, k: int) -> Answer:
        """
        Return the best k supplies of an open demand (by its id), or of any demand, saved or not (by its facts).

        :raises NotInTheMarket: if no such demand is open
        """
        drawn = view_demands(self._encoder.encode_demands([demand])) if isinstance(demand, DemandFacts) else None
        snapshot = self._snapshot
        place = (drawn, 0) if drawn is not None else snapshot.find_demand(str(demand))
        if place is None:
            raise NotInTheMarket
        name = demand.demand_id if isinstance(demand, DemandFacts) else demand
        searcher = self._make_searcher()
        scratches = self._keep_scratches(snapshot, searcher)
        return Answer(snapshot.position, searcher.find_supplies(snapshot, *place, name, k, scratches))

    def candidates_for_supply(self, supply: Offer | str, k: int) -> Answer:
        """
        Return the best k open demands of a supply (by its id), or of any supply, saved or not (by its facts).

        :raises NotInTheMarket: if no such supply is offered
        """
        drawn = self._encoder.encode_supplies([supply]) if isinstance(supply, Offer) else None
        snapshot = self._snapshot
        columns = drawn if drawn is not None else snapshot.find_supply(str(supply))
        if columns is None:
            raise NotInTheMarket
        return Answer(snapshot.position, self._make_searcher().find_demands(snapshot, columns, k))

    def rematch(self, *, k: int = 50, threads: int = 2) -> Rematch:
        """Return the best k supplies of every open demand at one position."""
        snapshot = self._snapshot
        if snapshot.version:
            base = Base.of(*snapshot.merge(), term_count=self._encoder.term_count)
            snapshot = Snapshot(base, 0, snapshot.position, {}, {}, None)
        return rematch(self._make_searcher(), snapshot, k=k, threads=threads)

    def compact(self) -> None:
        """Build the base anew from all that is open; answers and changes go on meanwhile."""
        with self._compacting:
            merged = self._snapshot
            base = Base.of(*merged.merge(), term_count=self._encoder.term_count)
            with self._writing:
                now = self._snapshot
                added = {name: one for name, one in now.supplies.items() if merged.supplies.get(name) is not one}
                opened = {name: one for name, one in now.demands.items() if merged.demands.get(name) is not one}
                for name, row in base.supply_numbers.items():
                    if name in added or not (name in now.supplies or now.base.holds_supply(name, now.version)):
                        base.segment.close(row, now.version)
                for name, row in base.demand_numbers.items():
                    if name in opened or not (name in now.demands or now.base.holds_demand(name, now.version)):
                        base.demands_closed_at[row] = now.version
                self._snapshot = replace(now, base=base, supplies=added, demands=opened, delta=self._build_delta(added))

    def _build_delta(self, added: dict[str, SupplyColumns]) -> Segment | None:
        return build_segment(join_columns(added.values()), term_count=self._encoder.term_count) if added else None

    def _make_searcher(self) -> Searcher:
        tables = self._encoder.fill_tables()
        return Searcher(self._encoder.definition, tables, term_count=self._encoder.term_count)

    def _keep_scratches(self, snapshot: Snapshot, searcher: Searcher) -> dict[int, Scratch]:
        """Return this thread's memory, as long as it is large enough for the base; that of a delta is made anew."""
        base = snapshot.base.segment
        kept: Scratch | None = getattr(self._thread, "scratch", None)
        if kept is None or not searcher.fits(kept, base):
            kept = self._thread.scratch = searcher.make_scratch(base)
        return {id(base): kept}

    @staticmethod
    def _close_supply(base: Base, added: dict[str, SupplyColumns], supply_id: str, version: int) -> None:
        added.pop(supply_id, None)
        if base.holds_supply(supply_id, version):
            base.segment.close(base.supply_numbers[supply_id], version)

    @staticmethod
    def _close_demand(base: Base, opened: dict[str, DemandColumns], demand_id: str, version: int) -> None:
        opened.pop(demand_id, None)
        if base.holds_demand(demand_id, version):
            base.demands_closed_at[base.demand_numbers[demand_id]] = version
