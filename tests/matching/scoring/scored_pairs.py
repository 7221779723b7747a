"""Pairs scored by the default policy with the fake text model."""

from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.policy import Policy, load_policy
from services.matching.scoring.ranking import PairScore, score_pair
from tests.matching.scoring.builders import TODAY, HashTextModel, make_demand, make_offer

POLICY = load_policy()
MODEL = HashTextModel()
KEY = frozenset({"lifted_county_832", "key_county_2021"})


def score(demand: DemandFacts | None = None, offer: Offer | None = None, policy: Policy = POLICY) -> PairScore:
    offer = offer or make_offer()
    return score_pair(
        demand or make_demand(),
        offer.supply,
        offer.organization,
        policy=policy,
        as_of=TODAY,
        text_model=MODEL,
    )


def read_part(pair: PairScore, name: str) -> float:
    return next(part.value for part in (*pair.fit_parts, *pair.tilt_parts) if part.name == name)
