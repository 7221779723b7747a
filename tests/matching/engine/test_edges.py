"""What the engine refuses, what it tells about itself, and that a found pair is explained like any other."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.matching.engine import definition
from services.matching.engine.changes import SupplyOffered
from services.matching.engine.definition import NotIndexable, read_definition
from services.matching.engine.engine import Engine, NotInTheMarket
from services.matching.engine.explaining import score_found
from services.matching.scoring.explanation import explain_pair
from services.matching.scoring.fit import TextNearness
from services.matching.scoring.policy import load_policy
from services.matching.scoring.ranking import DemandScorer, score_pair
from tests.matching.engine.markets import MODEL
from tests.matching.scoring.builders import TODAY, make_demand, make_offer, make_supply

pytestmark = pytest.mark.xdist_group("kernels")  # compiled once, by one process

POLICY = load_policy()
DEMAND, OFFER = make_demand(), make_offer(make_supply(title="送书下乡", description="想请老师来上课"))


def build(**changes: Any) -> Engine:
    policy = replace(POLICY, **changes)
    return Engine.build([OFFER], [DEMAND], policy, 3, as_of=TODAY, text_model=MODEL)


def test_a_found_pair_is_explained_like_one_that_the_reference_scored() -> None:
    (found,) = build().candidates(DEMAND.demand_id, 5).found
    scorer = DemandScorer(DEMAND, policy=POLICY, as_of=TODAY, model_hash=MODEL.model_hash)
    again = score_found(found, OFFER, scorer)
    scored = score_pair(DEMAND, OFFER.supply, OFFER.organization, policy=POLICY, as_of=TODAY, text_model=MODEL)
    assert explain_pair(again, policy=POLICY) == explain_pair(scored, policy=POLICY)
    assert scored.total == found.total


def test_without_a_weight_for_the_meaning_there_is_one_stage_and_no_vector_is_kept() -> None:
    engine, usual = build(text_shares={"meaning": 0.0, "terms": 1.0}), build()
    assert engine.describe().memory_bytes < usual.describe().memory_bytes - 2 * 2 * 500
    policy = replace(POLICY, text_shares={"meaning": 0.0, "terms": 1.0})
    scored = score_pair(DEMAND, OFFER.supply, OFFER.organization, policy=policy, as_of=TODAY, text_model=MODEL)
    assert [one.total for one in engine.candidates(DEMAND, 5).found] == [scored.total]
    assert [one.total for one in engine.candidates_for_supply(OFFER, 5).found] == [scored.total]


def test_the_figures_follow_the_changes() -> None:
    engine = build()
    engine.apply([SupplyOffered(make_offer(make_supply(supply_id="another")))], 9)
    figures = engine.describe()
    assert (figures.position, engine.position, figures.supplies, figures.demands, figures.added) == (9, 9, 2, 1, 1)
    assert not engine.wants_compaction
    assert len(engine.rematch(k=5).supply_ids) == 2


def test_what_is_not_in_the_market_is_said_to_be_missing() -> None:
    with pytest.raises(NotInTheMarket):
        build().candidates("nothing", 5)
    with pytest.raises(NotInTheMarket):
        build().candidates_for_supply("nothing", 5)


def test_a_part_that_bends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    straight = definition.measure_fit

    def bend(*facts: Any, policy: Any, as_of: date) -> Any:
        *rest, nearness = facts
        bent = TextNearness(meaning=nearness.meaning, terms=nearness.terms**2)
        return straight(*rest, bent, policy=policy, as_of=as_of)

    monkeypatch.setattr(definition, "measure_fit", bend)
    with pytest.raises(NotIndexable):
        read_definition(POLICY)
