"""What sides see of a score lets nobody compute the share of monitored people."""

import json

from services.matching.scoring.explanation import explain_pair
from services.matching.scoring.sides import open_to_sides, order_for_sides
from tests.matching.scoring.builders import make_demand, make_offer, make_organization, make_supply
from tests.matching.scoring.scored_pairs import POLICY, score

NO_TILT = {"level": "county"}  # but for the monitored people
FAR = make_organization(registered_division=None)


def shown(monitored: int, available_fen: int = 10_000_00, **changes: object) -> str:
    demand = make_demand(persons=100, monitored_persons=monitored, **changes)
    pair = score(demand, make_offer(make_supply(budget_fen=available_fen), FAR))
    return json.dumps(open_to_sides(explain_pair(pair, policy=POLICY)), ensure_ascii=False, sort_keys=True)


def test_every_share_looks_like_one_of_two_however_finely_the_offer_is_varied() -> None:
    offers = [10_000_00 * step // 40 for step in range(41)]
    seen = {share: tuple(shown(share, fen, **NO_TILT) for fen in offers) for share in range(101)}
    assert len(set(seen.values())) <= 2
    exact = {score(make_demand(persons=100, monitored_persons=share), make_offer()).total for share in range(101)}
    assert len(exact) == 101


def test_the_tilt_is_one_rounded_number_and_the_total_the_sum_of_what_is_shown() -> None:
    opened = json.loads(shown(37, level="village"))
    assert [(part["name"], part["points"], part["facts"]) for part in opened["tilt_parts"]] == [("tilt", 0.01, {})]
    assert round(opened["fit"] + opened["tilt"], 2) == opened["total"]
    told = opened["sentences"]["zh-CN"]
    assert told[0] == f"总分 {opened['total']:.2f} = 契合 {opened['fit']:.2f} + 倾斜 0.01。"
    assert told[-2:] == [
        "向基层、向欠发达地区、向困难群众倾斜及渠道合计(+0.01)。",
        f"依据{POLICY.citations['tilt'].zh}。",
    ]
    assert "monitored" not in json.dumps(opened)


def test_a_tilt_too_small_to_be_shown_leaves_no_trace() -> None:
    assert shown(0, **NO_TILT) == shown(1, **NO_TILT)
    assert POLICY.citations["tilt"].zh not in shown(1, **NO_TILT)


def test_reasons_and_a_purchase_are_told_as_they_are() -> None:
    full = score(make_demand(), make_offer(make_supply(capacity_used=5)))
    opened = open_to_sides(explain_pair(full, policy=POLICY))
    assert opened["sentences"]["zh-CN"][:2] == ["该供给的可承接数已用完。", "等待名额释放,或改选同类供给。"]
    purchase = open_to_sides(explain_pair(score(make_demand(procurement="government_purchase")), policy=POLICY))
    assert purchase["tilt_parts"] == []
    assert purchase["sentences"]["en"][-1].startswith("Government purchase: no tilt")


def test_the_order_is_that_of_what_is_shown() -> None:
    monitored = score(make_demand(demand_id="b", persons=100, monitored_persons=10))
    none = score(make_demand(demand_id="a", persons=100, monitored_persons=0))
    assert monitored.order < none.order
    assert order_for_sides(none) < order_for_sides(monitored)
