"""Properties that hold for every demand, supply and organization, whatever their facts."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.matching.scoring.facts import AssessmentFacts, DemandFacts, Offer, QualificationFacts
from tests.matching.scoring.builders import make_demand, make_offer, make_organization, make_supply
from tests.matching.scoring.scored_pairs import POLICY, score

FIELDS = st.frozensets(st.sampled_from(["education", "health", "industry", "culture"]))
FORMS = st.frozensets(st.sampled_from(["fund", "expertise", "trade"]))
GROUPS = st.frozensets(st.sampled_from(["orphans", "elderly", "children_youth", "monitored"]))
DESIGNATIONS = st.frozensets(st.sampled_from(["key_county_2021", "lifted_county_832"]))
MODES = st.sampled_from(["relief", "development", "both", None])
MONEY = st.none() | st.integers(0, 10**9)
PLACES = st.sampled_from(["510703", "510000", "510700", "330000", "100000", None])


@st.composite
def make_demands(draw: st.DrawFn, /, **changes: Any) -> DemandFacts:
    return make_demand(
        **{
            "fields": draw(FIELDS),
            "help_forms": draw(FORMS),
            "groups": draw(GROUPS),
            "designations": draw(DESIGNATIONS),
            "assist_mode": draw(MODES),
            "budget_fen": draw(MONEY),
            "level": draw(st.sampled_from(["village", "town", "county", None])),
            "persons": draw(st.integers(1, 1000)),
            "monitored_persons": draw(st.integers(0, 1000)),
            "requires_public_fundraising": draw(st.booleans()),
            **changes,
        }
    )


@st.composite
def make_offers(draw: st.DrawFn) -> Offer:
    supply = make_supply(
        fields=draw(FIELDS),
        help_forms=draw(FORMS),
        groups=draw(GROUPS),
        assist_mode=draw(MODES),
        budget_fen=draw(MONEY),
        participations_last_3y=draw(st.none() | st.integers(0, 9)),
    )
    organization = make_organization(
        type=draw(st.sampled_from(["foundation", "association", "service_agency"])),
        level=draw(st.sampled_from(["national", "provincial", "county", "community"])),
        registered_division=draw(PLACES),
        credit_status=draw(st.sampled_from(["normal", "abnormal"])),
        annual_check=draw(st.sampled_from([None, "passed", "failed"])),
        assessment=draw(st.sampled_from([None, AssessmentFacts(grade="4A")])),
        public_fundraising=draw(st.sampled_from([None, QualificationFacts(held=True), QualificationFacts(held=False)])),
        is_legal_person=draw(st.booleans()),
    )
    return make_offer(supply, organization)


@given(make_demands(), make_offers())
def test_the_tilt_stays_under_a_quarter_of_the_fit(demand: DemandFacts, offer: Offer) -> None:
    pair = score(demand, offer)
    assert 0 <= pair.tilt <= 0.25 * pair.fit
    assert 0 <= pair.fit <= 1 + 1e-9
    assert pair.tilt <= sum(POLICY.tilt_caps.values()) + 1e-9


@given(make_demands(), make_offers(), st.sampled_from(["none", "government_purchase"]))
def test_taking_a_qualification_away_never_lifts_a_status(demand: DemandFacts, offer: Offer, procurement: str) -> None:
    demand = replace(demand, procurement=procurement)
    order = ("eligible", "held", "excluded")
    before = order.index(score(demand, offer).status)
    losses: tuple[dict[str, Any], ...] = (
        {"public_fundraising": None},
        {"is_legal_person": False},
        {"credit_status": "abnormal"},
        {"credit_status": "seriously_illegal"},
        {"annual_check": "failed"},
        {"registration_status": "deregistered"},
    )
    for loss in losses:
        poorer = replace(offer, organization=replace(offer.organization, **loss))
        assert order.index(score(demand, poorer).status) >= before, loss


@given(make_demands(procurement="government_purchase"), make_offers(), PLACES, DESIGNATIONS)
def test_a_purchase_ignores_tilt_place_and_participation(
    demand: DemandFacts, offer: Offer, home: str | None, designations: frozenset[str]
) -> None:
    pair = score(demand, offer)
    assert pair.tilt == 0
    moved = replace(
        offer,
        supply=replace(offer.supply, participations_last_3y=None),
        organization=replace(offer.organization, registered_division=home),
    )
    assert score(replace(demand, designations=designations, level="village"), moved).total == pair.total
