"""A found pair as the readable reference sees it, without encoding its texts again."""

from datetime import date

from services.matching.engine.searching import Found
from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.fit import TextNearness
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import PairScore, score_near


def score_found(
    found: Found, demand: DemandFacts, offer: Offer, *, policy: Policy, as_of: date, model_hash: str
) -> PairScore:
    """Score a found pair by the reference, ready to be explained; demand and offer are those of the answer."""
    nearness = TextNearness(meaning=found.meaning, terms=found.terms)
    return score_near(demand, offer, nearness, policy=policy, as_of=as_of, model_hash=model_hash)
