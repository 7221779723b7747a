"""A found pair as the readable reference sees it, without encoding its texts again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from services.matching.engine.searching import Found
from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import PairScore, score_pair
from services.matching.scoring.text import SIMILARITY_DIGITS, TextSimilarity, TextVectors


@dataclass(frozen=True)
class _KnownNearness:
    terms: float
    meaning: float
    model_hash: str

    def encode(self, texts: Sequence[str]) -> TextVectors:
        """Encode nothing: what the texts have in common is known."""
        return TextVectors(embeddings=np.zeros((len(texts), 0), dtype=np.float32), terms=({},) * len(texts))

    def compare(self, demands: TextVectors, supplies: TextVectors) -> TextSimilarity:
        """Return what was found, rounded as the reference does."""
        meaning, terms = (round(one, SIMILARITY_DIGITS) for one in (self.meaning, self.terms))
        return TextSimilarity(meaning=np.array([[meaning]]), terms=np.array([[terms]]))


def score_found(
    found: Found, demand: DemandFacts, offer: Offer, *, policy: Policy, as_of: date, model_hash: str
) -> PairScore:
    """Score a found pair by the reference, ready to be explained; demand and offer are those of the answer."""
    return score_known(
        demand,
        offer,
        terms=found.terms,
        meaning=found.meaning,
        policy=policy,
        as_of=as_of,
        model_hash=model_hash,
    )


def score_known(
    demand: DemandFacts,
    offer: Offer,
    *,
    terms: float,
    meaning: float,
    policy: Policy,
    as_of: date,
    model_hash: str,
) -> PairScore:
    """Score a pair by the reference, where it is known how near its texts are."""
    model = _KnownNearness(terms, meaning, model_hash)
    return score_pair(demand, offer.supply, offer.organization, policy=policy, as_of=as_of, text_model=model)
