"""The explanation of a pair in two languages."""

from services.matching.scoring.explanation import explain_pair
from tests.matching.scoring.builders import make_demand, make_offer, make_organization, make_supply
from tests.matching.scoring.scored_pairs import KEY, POLICY, score


def test_an_explanation_tells_parts_and_reasons_in_two_languages() -> None:
    demand = make_demand(designations=KEY, level="village", persons=10, monitored_persons=4)
    explained = explain_pair(score(demand), policy=POLICY)
    assert explained["status"] == "eligible"
    assert [part["name"] for part in explained["fit_parts"]] == list(POLICY.fit_weights)
    chinese, english = "".join(explained["sentences"]["zh-CN"]), "".join(explained["sentences"]["en"])
    for expected in (
        "领域:需要教育助学,相合教育助学",
        "缺口10,000元",
        "监测对象占40%",
        "向基层",
        "双方均未填写结束日期",
    ):
        assert expected in chinese
    for expected in ("10,000 yuan", "Education", "40% monitored", "neither side states its end"):
        assert expected in english


def test_an_excluded_pair_tells_its_reason_and_remedy_first() -> None:
    pair = score(offer=make_offer(make_supply(capacity_used=5, groups=frozenset({"elderly"}))))
    sentences = explain_pair(pair, policy=POLICY)["sentences"]["zh-CN"]
    assert sentences[:2] == ["该供给的可承接数已用完。", "等待名额释放,或改选同类供给。"]
    assert explain_pair(pair, policy=POLICY)["excluded"][0]["code"] == "E_CAPACITY_FULL"
    assert "供给不面向(+0.000)" in "".join(
        part["sentence"]["zh-CN"] for part in explain_pair(pair, policy=POLICY)["fit_parts"]
    )


def test_an_offer_that_only_trades_is_told_so() -> None:
    offer = make_offer(make_supply(help_forms=frozenset({"trade"})))
    sentences = [
        next(
            part
            for part in explain_pair(score(make_demand(help_forms=wanted), offer), policy=POLICY)["fit_parts"]
            if part["name"] == "help_forms"
        )["sentence"]["en"]
        for wanted in (frozenset({"fund"}), frozenset({"fund", "trade"}))
    ]
    assert sentences == [
        "Form of help: the supply only buys or sells (+0.000).",
        "Form of help: wanted Funding, Trade and purchase; in common Trade and purchase, "
        "but the supply only buys or sells (+0.030).",
    ]


def test_a_purchase_tells_that_nothing_is_preferred() -> None:
    pair = score(make_demand(procurement="government_purchase"))
    assert explain_pair(pair, policy=POLICY)["sentences"]["en"][-1].startswith("Government purchase: no tilt")


def test_without_any_tilt_nothing_is_said_about_it() -> None:
    demand = make_demand(groups=frozenset({"children_youth"}))
    offer = make_offer(organization=make_organization(registered_division=None))
    pair = score(demand, offer)
    assert pair.tilt == 0
    assert POLICY.citations["tilt"].zh not in "".join(explain_pair(pair, policy=POLICY)["sentences"]["zh-CN"])


def test_every_sentence_ends_as_one_and_what_is_missing_is_said_in_words() -> None:
    bare = make_demand(designations=KEY, budget_fen=None, ends_on=None, assist_mode=None)
    offer = make_offer(make_supply(budget_fen=None, groups=frozenset({"elderly"}), fields=frozenset({"culture"})))
    for demand in (make_demand(designations=KEY), bare):
        explained = explain_pair(score(demand, offer), policy=POLICY)
        told = dict(explained["sentences"])
        for part in (*explained["fit_parts"], *explained["tilt_parts"]):
            told = {language: [*sentences, part["sentence"][language]] for language, sentences in told.items()}
        assert all(sentence.endswith("。") for sentence in told["zh-CN"])
        assert all(sentence.endswith(".") for sentence in told["en"])
        for hole in ("未知", "相合无", "unknown", "in common none"):
            assert not any(hole in sentence for sentences in told.values() for sentence in sentences), hole
    penniless = make_offer(make_supply(budget_fen=0))
    assert "缺口10,000元,供给可投入0元" in str(explain_pair(score(offer=penniless), policy=POLICY)["fit_parts"])
    assert any("neither the need nor what the supply has is stated" in sentence for sentence in told["en"])
