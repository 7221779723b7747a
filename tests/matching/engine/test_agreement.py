"""The engine and the readable reference agree, whatever the facts and the effects of the gates are."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine.definition import POOL
from services.matching.engine.engine import Engine
from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.policy import load_policy
from services.matching.scoring.ranking import rank_supplies
from services.matching.scoring.reasons import Gates
from tests.matching.engine.markets import MODEL, demands, offers
from tests.matching.scoring.builders import TODAY
from tests.matching.scoring.permitted import gates

pytestmark = pytest.mark.xdist_group("kernels")  # compiled once, by one process

POLICY = load_policy()


@given(st.lists(offers, max_size=25, unique_by=lambda offer: offer.supply.supply_id), demands, gates)
@settings(max_examples=40, deadline=None)
def test_engine_and_reference_agree_on_every_pair(pool: list[Offer], demand: DemandFacts, chosen: Gates) -> None:
    assert len(pool) <= POOL
    policy = replace(POLICY, gates=chosen)
    engine = Engine.build(pool, [demand], policy, 7, as_of=TODAY, text_model=MODEL)
    ranked = rank_supplies(demand, pool, policy=policy, as_of=TODAY, text_model=MODEL)
    answer = engine.candidates(demand.demand_id, 50)
    shown = [pair for pair in ranked if not pair.excluded]
    assert answer.position == 7
    assert [(one.supply_id, one.status) for one in answer.found] == [(pair.supply_id, pair.status) for pair in shown]
    for one, pair in zip(answer.found, shown, strict=True):
        assert abs(one.total - pair.total) <= 1e-6
        assert abs(one.fit - pair.fit) <= 1e-6
    matched = engine.rematch(k=50, threads=1)
    rows = [int(row) for row in matched.rows[0] if row >= 0]
    assert [matched.supply_ids[row] for row in rows] == [pair.supply_id for pair in shown]
    for pair in shown:
        offer = next(one for one in pool if one.supply.supply_id == pair.supply_id)
        (found,) = engine.candidates_for_supply(offer, 5).found
        assert abs(found.total - pair.total) <= 1e-6
