"""The pools of all demands of a market that stands still, block by block, and what can be said of all other pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.columns import Doubles, Ints, Longs
from services.matching.engine.definition import POOL
from services.matching.engine.engine import Engine
from services.matching.engine.sweeping import bound_nets, count_gates, list_best, order_alike, round_totals
from services.matching.engine.tables import HELD
from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import TOTAL_UNITS
from services.matching.scoring.text import TextModel

BLOCK = 2_048
_TOLERANCE = 1e-9
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Pools:
    """
    The pools of n demands, each row in the documented order; demands and supplies have the numbers they were given in.

    ``is_full`` tells where there may be more than a pool holds. ``beyond`` is what no eligible pair outside the pool
    exceeds, its meaning unknown, and 0 where there is none. ``eligible`` and ``held`` count all pairs of these demands.
    """

    demands: Longs
    supplies: Ints  # (n, POOL), -1 behind the last, like all below
    terms: Doubles
    meanings: Doubles
    fits: Doubles
    tilts: Doubles
    totals: Doubles
    is_held: Flags
    is_full: Flags
    beyond: Doubles
    eligible: int
    held: int


class StillMarket:
    """An engine over a market to which nothing will come, asked for everything; CPU work."""

    def __init__(
        self,
        offers: Sequence[Offer],
        demands: Sequence[DemandFacts],
        policy: Policy,
        *,
        as_of: date,
        text_model: TextModel,
        threads: int = 2,
    ) -> None:
        """
        Build the engine.

        :raises NotIndexable: if the policy's score has a form that the engine does not know
        """
        engine = Engine.build(offers, demands, policy, 0, as_of=as_of, text_model=text_model)
        self._searcher, self._snapshot = engine.open_searcher()
        self._threads = threads

    def list_blocks(self) -> list[Longs]:
        """Return the numbers of the demands in blocks, those side by side that look at the same supplies."""
        order = order_alike(self._snapshot.base.demands)
        return [order[start : start + BLOCK] for start in range(0, len(order), BLOCK)]

    def find_pools(self, demands: Longs) -> Pools:
        """Return the pools of some demands."""
        searcher, snapshot, threads = self._searcher, self._snapshot, self._threads
        supplies, facts = list_best(searcher, snapshot, demands, k=POOL, threads=threads)
        eligible, held = count_gates(searcher, snapshot, demands, threads=threads)
        is_held = facts[:, :, 5] == HELD
        is_full = supplies[:, -1] >= 0
        return Pools(
            demands=demands,
            supplies=supplies,
            terms=facts[:, :, 0],
            meanings=facts[:, :, 1],
            fits=facts[:, :, 2],
            tilts=facts[:, :, 3],
            totals=round_totals(facts[:, :, 4]),
            is_held=is_held,
            is_full=is_full,
            beyond=np.where(is_full & ~is_held[:, -1], self._bound_beyond(facts), 0.0),
            eligible=eligible,
            held=held,
        )

    def bound_nets(self, prices: Doubles, places: Longs) -> Doubles:
        """Bound what each demand's ``places`` best eligible supplies of all are worth above their prices (sweeping)."""
        return bound_nets(self._searcher, self._snapshot, prices, places, threads=self._threads)

    def _bound_beyond(self, facts: Doubles) -> Doubles:
        """Return the least total of each pool before the meaning was known, or a little more."""
        lines = self._searcher.lines
        fit, tilt = facts[:, :, 2], facts[:, :, 3]
        before = fit - lines.meaning_slope * (facts[:, :, 1] - lines.unknown)
        is_capped = tilt >= lines.tilt_share * fit - _TOLERANCE
        most = lines.tilt_share * before
        totals = before + np.where(is_capped, most, np.minimum(tilt, most))
        least: Doubles = totals.min(axis=1, initial=np.inf) + 1 / TOTAL_UNITS
        return least
