"""What holds for any pair: the caps of the tilt, the order of the input, and purchases without tilt."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.ranking import rank_supplies
from tests.matching.scoring.builders import TODAY, make_demand, make_offer, make_organization, make_supply
from tests.matching.scoring.scored_pairs import KEY, MODEL, POLICY, score

demands = st.builds(
    make_demand,
    demand_id=st.sampled_from(["a", "b", "c"]),
    title=st.sampled_from(["缺水", "缺书", "没人看病"]),
    designations=st.sampled_from([frozenset[str](), frozenset({"lifted_county_832"}), KEY]),
    level=st.sampled_from([None, "village", "town", "county"]),
    monitored_persons=st.none() | st.integers(0, 100),
    fields=st.sampled_from([frozenset({"education"}), frozenset({"health", "livelihood"})]),
    groups=st.sampled_from([frozenset({"orphans"}), frozenset({"villagers", "disabled"})]),
    procurement=st.sampled_from(["none", "government_purchase"]),
    division_code=st.sampled_from(["510703", "513429001002", "510722"]),
)
organizations = st.builds(
    make_organization,
    level=st.sampled_from(["national", "provincial", "county", "community"]),
    registered_division=st.sampled_from([None, "100000", "330000", "510000", "510703"]),
    credit_status=st.sampled_from(["normal", "normal", "abnormal"]),
)
supplies = st.builds(
    make_supply,
    supply_id=st.sampled_from(["x", "y", "z", "w"]),
    title=st.sampled_from(["打井", "送书", "义诊"]),
    budget_fen=st.none() | st.integers(0, 20_000_00),
    capacity_used=st.integers(0, 5),
    participations_last_3y=st.none() | st.integers(0, 3),
    assist_mode=st.sampled_from([None, "relief", "development", "both"]),
)
offers = st.builds(make_offer, supplies, organizations)


@given(demands, offers)
def test_the_tilt_is_never_over_its_caps(demand: DemandFacts, offer: Offer) -> None:
    pair = score(demand, offer)
    assert 0 <= pair.tilt <= POLICY.tilt_share_of_fit * pair.fit + 1e-12
    assert all(0 <= part.value <= 1 for part in (*pair.fit_parts, *pair.tilt_parts))
    assert all(part.points <= POLICY.tilt_caps[part.name] for part in pair.tilt_parts)  # type: ignore[index]
    assert 0 <= pair.fit <= 1


@given(st.lists(offers, max_size=6, unique_by=lambda offer: offer.supply.supply_id), demands, st.randoms())
@settings(max_examples=50)
def test_the_order_of_the_input_does_not_matter(pool: list[Offer], demand: DemandFacts, random: Any) -> None:
    shuffled = list(pool)
    random.shuffle(shuffled)
    ranked = rank_supplies(demand, pool, policy=POLICY, as_of=TODAY, text_model=MODEL)
    assert ranked == rank_supplies(demand, shuffled, policy=POLICY, as_of=TODAY, text_model=MODEL)
    alone = {pair.supply_id: pair for pair in ranked}
    assert all(score(demand, offer) == alone[offer.supply.supply_id] for offer in pool)


@given(demands, offers, organizations)
def test_government_purchase_ignores_tilt_and_place(demand: DemandFacts, offer: Offer, other: Any) -> None:
    purchase = replace(demand, procurement="government_purchase")
    moved = replace(
        purchase,
        designations=KEY,
        level="village",
        monitored_persons=100,
    )
    elsewhere = replace(offer.organization, level=other.level, registered_division=other.registered_division)
    first = score(purchase, offer)
    assert first.tilt == 0
    assert first.tilt_parts == ()
    assert score(moved, offer).total == first.total
    assert score(purchase, replace(offer, organization=elsewhere)).total == first.total
    busy = replace(offer.supply, participations_last_3y=9)
    finished = replace(offer.organization, completed_pairings=9, mean_rating=5.0, disclosure_overdue=False)
    assert score(purchase, Offer(supply=busy, organization=finished)).total == first.total
