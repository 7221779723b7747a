"""A found pair as the readable reference sees it, without encoding its texts again."""

from services.matching.engine.searching import Found
from services.matching.scoring.facts import Offer
from services.matching.scoring.fit import TextNearness
from services.matching.scoring.ranking import DemandScorer, PairScore


def score_found(found: Found, offer: Offer, scorer: DemandScorer) -> PairScore:
    """Score a found pair by the reference, ready to be explained; ``scorer`` is its demand's, at the answer's time."""
    nearness = TextNearness(meaning=found.meaning, terms=found.terms)
    return scorer.score(offer, nearness, is_eligible=found.status == "eligible")
