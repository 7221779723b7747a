"""A market by numbers, as arrays speak of it."""

from services.matching.candidates.actions.market import Market
from services.matching.scoring.fit import TextNearness
from services.matching.scoring.ranking import DemandScorer, PairScore


class NumberedMarket:
    """A market whose demands and supplies have numbers, in the order of their ids."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self.demands = [market.demands[one] for one in sorted(market.demands)]
        self.offers = [market.offers[one] for one in sorted(market.offers)]

    def score(self, demand: int, supply: int, *, terms: float, meaning: float, model_hash: str) -> PairScore:
        """Score a pair by the reference; how near its texts are is known."""
        policy, day = self._market.policy, self._market.as_of
        scorer = DemandScorer(self.demands[demand], policy=policy, as_of=day, model_hash=model_hash)
        return scorer.score(self.offers[supply], TextNearness(meaning=float(meaning), terms=float(terms)))
