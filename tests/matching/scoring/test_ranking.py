"""The order of ranked pairs, and what breaks a tie."""

from dataclasses import replace

from services.matching.scoring.ranking import rank_demands, rank_supplies, score_pairs
from tests.matching.scoring.builders import TODAY, make_demand, make_offer, make_organization, make_supply
from tests.matching.scoring.scored_pairs import MODEL, POLICY


def test_participation_breaks_only_exact_ties_in_government_purchase() -> None:
    demand = make_demand(procurement="government_purchase")
    idle = make_offer(make_supply(supply_id="a"))
    active = make_offer(make_supply(supply_id="b", participations_last_3y=2))
    better = make_offer(make_supply(supply_id="c", groups=frozenset({"children_youth"})))
    worse = replace(active, supply=replace(active.supply, supply_id="d", groups=frozenset({"elderly"})))
    ranked = rank_supplies(demand, [idle, active, better, worse], policy=POLICY, as_of=TODAY, text_model=MODEL)
    assert [pair.supply_id for pair in ranked] == ["b", "a", "c", "d"]


def test_held_pairs_rank_behind_eligible_and_excluded_ones_last() -> None:
    held = make_offer(make_supply(supply_id="a"), make_organization(credit_status="abnormal"))
    excluded = make_offer(make_supply(supply_id="b", capacity_used=5))
    weak = make_offer(make_supply(supply_id="c", fields=frozenset(), budget_fen=0))
    ranked = rank_supplies(make_demand(), [held, excluded, weak], policy=POLICY, as_of=TODAY, text_model=MODEL)
    assert [(pair.supply_id, pair.status) for pair in ranked] == [("c", "eligible"), ("a", "held"), ("b", "excluded")]


def test_development_comes_before_relief_when_the_score_is_equal() -> None:
    demand = make_demand(assist_mode="both")
    pool = [make_offer(make_supply(supply_id=mode, assist_mode=mode)) for mode in ("relief", "both", "development")]
    ranked = rank_supplies(demand, pool, policy=POLICY, as_of=TODAY, text_model=MODEL)
    assert [pair.supply_id for pair in ranked] == ["development", "both", "relief"]


def test_demands_are_ranked_for_an_offer() -> None:
    village = make_demand(demand_id="a", level="village")
    county = make_demand(demand_id="b", level="county")
    ranked = rank_demands(make_offer(), [county, village], policy=POLICY, as_of=TODAY, text_model=MODEL)
    assert [pair.demand_id for pair in ranked] == ["a", "b"]
    assert score_pairs([], [], policy=POLICY, as_of=TODAY, text_model=MODEL) == []
