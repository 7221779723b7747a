"""Properties that hold for every demand, supply and organization, under every policy that may be approved."""

import random
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.gates import GateResult, check_gates
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import rank_supplies
from services.matching.scoring.reasons import Gates
from tests.matching.engine.markets import demands, offers, sound_offers
from tests.matching.scoring.builders import TODAY
from tests.matching.scoring.permitted import POLICY, gates, policies
from tests.matching.scoring.scored_pairs import MODEL, score

HOMES = st.sampled_from([None, "100000", "330000", "510000", "510700", "510703"])
LABELS = st.frozensets(st.sampled_from(["key_county_2021", "lifted_county_832"]))
purchases = demands.map(lambda demand: replace(demand, procurement="government_purchase"))
LOSSES: tuple[dict[str, Any], ...] = (
    {"public_fundraising": None},
    {"cooperating_fundraiser": None},
    {"is_legal_person": False},
    {"credit_status": "abnormal"},
    {"credit_status": "seriously_illegal"},
    {"annual_check": "failed"},
    {"annual_check": "not_taken"},
    {"disclosure_overdue": True},
    {"enrolment_status": "left"},
    {"registration_status": "deregistered"},
    {"registration_status": "not_registered"},
)


def rank_status(result: GateResult) -> int:
    return 2 if result.excluded else 1 if result.held else 0


@given(demands, offers | sound_offers, gates)
@settings(max_examples=150)
def test_taking_a_qualification_away_never_lifts_a_status(demand: DemandFacts, offer: Offer, chosen: Gates) -> None:
    def judge(offer: Offer) -> int:
        return rank_status(check_gates(demand, offer.supply, offer.organization, as_of=TODAY, gates=chosen))

    before, organization = judge(offer), offer.organization
    losses = [*LOSSES, *({"charter_fields": organization.charter_fields - {one}} for one in demand.fields
              if organization.charter_fields is not None)]  # fmt: skip
    for loss in losses:
        if organization.credit_status == "seriously_illegal" and loss.get("credit_status") == "abnormal":
            continue  # which would be a gain
        assert judge(replace(offer, organization=replace(organization, **loss))) >= before, loss


@given(demands, offers, policies())
@settings(max_examples=60)
def test_the_tilt_stays_under_its_caps_and_a_quarter_of_the_fit(
    demand: DemandFacts, offer: Offer, policy: Policy
) -> None:
    pair = score(demand, offer, policy)
    for part in pair.tilt_parts:
        assert 0 <= part.points <= policy.tilt_caps[part.name] + 1e-12  # type: ignore[index]
    assert 0 <= pair.fit <= 1 + 1e-9
    share = min(policy.tilt_share_of_fit, 0.25)
    assert 0 <= pair.tilt <= min(share * pair.fit, sum(policy.tilt_caps.values())) + 1e-12


@given(purchases, sound_offers, policies(), HOMES, LABELS, st.sampled_from(["village", "town", "county"]))
@settings(max_examples=60)
def test_a_purchase_ignores_tilt_place_and_participation(
    demand: DemandFacts, offer: Offer, policy: Policy, home: str | None, labels: frozenset[str], level: str
) -> None:
    pair = score(demand, offer, policy)
    assert (pair.tilt, pair.tilt_parts) == (0, ())
    moved = replace(
        offer,
        supply=replace(offer.supply, participations_last_3y=None),
        organization=replace(offer.organization, registered_division=home, completed_pairings=None, mean_rating=None),
    )
    elsewhere = replace(demand, designations=labels, level=level, monitored_persons=0, is_resettlement_site=True)
    other = score(elsewhere, moved, policy)
    assert (other.total, other.status, other.excluded) == (pair.total, pair.status, pair.excluded)
    assert not pair.held


@given(demands, st.lists(offers, max_size=8, unique_by=lambda one: one.supply.supply_id), st.randoms())
@settings(max_examples=40)
def test_the_order_of_the_input_does_not_matter(demand: DemandFacts, pool: list[Offer], dice: random.Random) -> None:
    def rank(offers: list[Offer]) -> str:
        return repr(rank_supplies(demand, offers, policy=POLICY, as_of=TODAY, text_model=MODEL))

    shuffled = dice.sample(pool, len(pool))
    assert rank(shuffled) == rank(pool)
