"""The bars on the judged cases: gates, holds and tilt exact, order well above the baselines."""

import io
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from services.matching.evaluation.__main__ import main, print_evaluation
from services.matching.evaluation.cases import Case, CaseFile, read_cases
from services.matching.evaluation.counties import read_counties
from services.matching.evaluation.evaluate import Evaluation, evaluate_cases, evaluate_files
from services.matching.evaluation.metrics import Answer, Tally, judge_case, read_answer
from services.matching.scoring.policy import load_policy
from services.matching.scoring.text import SentenceEncoder

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
ENCODER = SentenceEncoder(cache={})


@cache
def read_file(name: str) -> CaseFile:
    return read_cases(SAMPLE / name, counties=read_counties())


@cache
def evaluate(name: str) -> Evaluation:
    return evaluate_cases(read_file(name), policy=load_policy(), encoder=ENCODER)


@pytest.mark.parametrize(
    ("name", "exclusions", "holds", "tilt"),
    [("dev_matching.json", 71, 5, 9), ("dev_matching_hard.json", 53, 7, 5)],
)
def test_exclusions_holds_and_tilt_are_exact(name: str, exclusions: int, holds: int, tilt: int) -> None:
    figures = evaluate(name).describe()
    assert figures["exclusions"] == {"found": exclusions, "missed": 0, "false": 0}
    assert figures["holds"] == {"correct": holds, "total": holds}
    assert figures["tilt"] == {"satisfied": tilt, "total": tilt}


@pytest.mark.parametrize(
    ("name", "hits", "hand", "derived"),
    [("dev_matching.json", 30, 77, 197), ("dev_matching_hard.json", 30, 187, 208)],
)
def test_the_order_reaches_the_bar(name: str, hits: int, hand: int, derived: int) -> None:
    figures = evaluate(name).describe()
    assert figures["top1"]["hits"] >= hits
    assert figures["hand"]["satisfied"] >= hand
    assert figures["derived"]["satisfied"] >= derived


@pytest.mark.parametrize("name", ["dev_matching.json", "dev_matching_hard.json"])
def test_the_baselines_are_beaten(name: str) -> None:
    figures = evaluate(name).describe()
    lead = {"dev_matching.json": 4, "dev_matching_hard.json": 6}[name]  # the easy file leaves less room
    assert list(figures["baselines"]) == ["binary_mean_of_five", "bigram_tfidf", "bigram_tfidf_with_lists"]
    for baseline in figures["baselines"].values():
        assert baseline["top1"]["total"] == figures["top1"]["total"]
        assert figures["top1"]["hits"] >= baseline["top1"]["hits"] + lead


def test_every_failure_is_listed_with_ids_scores_and_parts() -> None:
    output = io.StringIO()
    evaluation = evaluate("dev_matching_hard.json")
    print_evaluation(evaluation, output)
    figures = evaluation.describe()
    failures = evaluation.tally.failures
    assert sum(failure["kind"] == "hand" for failure in failures) == (
        figures["hand"]["total"] - figures["hand"]["satisfied"]
    )
    for failure in failures:
        assert failure["case"] in output.getvalue()
        assert len(failure["ids"]) == len(failure["scores"]) == len(failure["parts"])
    assert "bigram_tfidf" in output.getvalue()


def test_the_command_writes_the_agreed_json(tmp_path: Path) -> None:
    content = json.loads((SAMPLE / "dev_matching.json").read_text(encoding="utf-8"))
    content["cases"], content["tilt_cases"] = content["cases"][:1], content["tilt_cases"][:1]
    (tmp_path / "cases.json").write_text(json.dumps(content), encoding="utf-8")
    output = io.StringIO()
    assert main([str(tmp_path / "cases.json"), "--json", str(tmp_path / "out.json")], output=output) == 0
    figures = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    keys = ["top1", "hand", "derived", "exclusions", "holds", "tilt", "baselines", "cross_validated", "without"]
    assert list(figures) == keys
    assert figures["top1"] == {"hits": 1, "total": 1}
    assert "exclusions" in output.getvalue()
    in_force = Path("services/matching/scoring/policies/2026-01.json")
    assert main([str(tmp_path / "cases.json"), "--policy", str(in_force)], output=output) == 0
    for name, text in (("none.json", None), ("no_policy.json", "{}")):
        if text:
            (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit, match=name):
            main([str(tmp_path / "cases.json"), "--policy", str(tmp_path / name)], output=output)


def test_several_files_are_judged_as_one_and_every_part_without_itself() -> None:
    files = [read_file("dev_matching.json"), read_file("dev_matching_hard.json")]
    evaluation = evaluate_files(files, policy=load_policy(), encoder=ENCODER)
    each = [evaluate(name).tally for name in ("dev_matching.json", "dev_matching_hard.json")]
    assert evaluation.tally.top1_hits == sum(tally.top1_hits for tally in each)
    assert evaluation.tally.hand_total == sum(tally.hand_total for tally in each)
    choice = evaluation.describe_choice(load_policy())
    assert choice["cross_validated"]["top1"]["total"] == evaluation.tally.top1_total
    assert sum(choice["cross_validated"]["chosen"].values()) == 11
    assert choice["without"]["nothing"] == evaluation.tally.describe_order()
    assert choice["without"]["text"]["top1"]["hits"] < evaluation.tally.top1_hits
    assert choice["without"]["budget"]["hand"]["satisfied"] < evaluation.tally.hand_satisfied


@pytest.mark.parametrize(
    ("name", "exclusions", "holds", "hits"), [("matching.json", 18, 6, 13), ("matching_blind.json", 19, 3, 19)]
)
def test_the_gates_of_the_stress_cases_are_exact_and_the_baselines_far_behind(
    name: str, exclusions: int, holds: int, hits: int
) -> None:
    file = read_cases(SAMPLE.parent / "stress" / name, counties=read_counties())
    figures = evaluate_cases(file, policy=load_policy(), encoder=ENCODER).describe()
    assert figures["exclusions"] == {"found": exclusions, "missed": 0, "false": 0}
    assert figures["holds"] == {"correct": holds, "total": holds}
    assert figures["top1"]["hits"] >= hits
    assert figures["top1"]["hits"] >= figures["baselines"]["bigram_tfidf_with_lists"]["top1"]["hits"] + 6


def make_answer(case: Case, **changes: object) -> Answer:
    expectation = case.expectation
    ids = [offer.supply.supply_id for offer in case.offers if offer.supply.supply_id not in expectation.excluded]
    answer = {
        "excluded": dict(expectation.excluded),
        "held": dict(expectation.held),
        "keys": {supply_id: (float(supply_id in expectation.true_matches),) for supply_id in ids},
        "scores": {},
    }
    return Answer(**{**answer, **changes})  # type: ignore[arg-type]


def judge(case: Case, answer: Answer) -> Tally:
    tally = Tally()
    judge_case(case, answer, tally)
    return tally


@pytest.fixture
def case() -> Case:
    """Return a case with exclusions and a held supply."""
    return next(case for case in read_file("dev_matching.json").cases if case.case_id == "D01")


def test_a_perfect_answer_of_gates_is_counted_in_full(case: Case) -> None:
    tally = judge(case, make_answer(case))
    assert (tally.exclusions_found, tally.exclusions_missed, tally.exclusions_false) == (
        len(case.expectation.excluded),
        0,
        0,
    )
    assert (tally.holds_correct, tally.holds_total) == (1, 1)
    assert tally.top1_hits == 1


def test_a_wrong_code_counts_as_missed_and_an_unexpected_exclusion_as_false(case: Case) -> None:
    wrong = {supply_id: frozenset({"E_REGION", "E_CAPACITY_FULL"}) for supply_id in case.expectation.excluded}
    tally = judge(case, make_answer(case, excluded={**wrong, "DS002": frozenset({"E_REGION"})}))
    assert tally.exclusions_missed == len(wrong)
    assert tally.exclusions_false == 1


def test_a_missing_hold_and_an_unexpected_hold_are_failures(case: Case) -> None:
    tally = judge(case, make_answer(case, held={"DS002": frozenset({"H_ANNUAL"})}))
    assert tally.holds_correct == 0
    assert [failure["ids"] for failure in tally.failures if failure["kind"] == "hold"] == [["DS002"], ["DS005"]]


def test_a_tie_satisfies_nothing(case: Case) -> None:
    keys = dict.fromkeys(make_answer(case).keys, (0.5,))
    tally = judge(case, make_answer(case, keys=keys))
    assert (tally.top1_hits, tally.hand_satisfied, tally.derived_satisfied) == (0, 0, 0)


def test_a_held_supply_that_is_left_off_the_list_stands_below(case: Case) -> None:
    keys = {
        supply_id: key
        for supply_id, key in make_answer(case).keys.items()
        if supply_id in case.expectation.true_matches
    }
    tally = judge(case, make_answer(case, keys=keys))
    assert tally.derived_satisfied == tally.derived_total


def test_an_answer_without_any_candidate_hits_nothing(case: Case) -> None:
    assert judge(case, make_answer(case, keys={})).top1_hits == 0
    assert read_answer([]).keys == {}


def test_a_tilt_that_fails_is_listed() -> None:
    file = read_file("dev_matching.json")
    first = file.tilt_cases[0]
    upside_down = CaseFile(
        as_of=file.as_of,
        cases=(),
        tilt_cases=(
            type(first)(
                case_id=first.case_id,
                offer=first.offer,
                demands=first.demands,
                above=tuple((lower, higher) for higher, lower in first.above),
            ),
        ),
    )
    evaluation = evaluate_cases(upside_down, policy=load_policy(), encoder=ENCODER)
    assert evaluation.tally.tilt_satisfied == 0
    assert all(failure["parts"][0] for failure in evaluation.tally.failures)


def test_wrong_codes_are_printed(case: Case) -> None:
    tally = judge(case, make_answer(case, held={"DS002": frozenset({"H_ANNUAL"})}))
    for failure in tally.failures:
        failure["parts"] = [{} for _ in failure["ids"]]
    output = io.StringIO()
    print_evaluation(Evaluation(tally=tally, baselines={}), output)
    assert "exclusion" in output.getvalue()
    assert "codes [['H_ANNUAL']]" in output.getvalue()


@pytest.mark.parametrize(("text", "told"), [(None, "cannot be read"), ("[]", "not of the judged-case format")])
def test_a_file_that_is_no_case_file_ends_with_one_sentence(tmp_path: Path, text: str | None, told: str) -> None:
    cases = tmp_path / "nope.json"
    if text is not None:
        cases.write_text(text)
    with pytest.raises(SystemExit, match=told):
        main([str(cases)])


def test_a_file_without_a_case_may_stand_first() -> None:
    hard = read_file("dev_matching_hard.json")
    evaluation = evaluate_files([replace(hard, cases=()), hard], policy=load_policy(), encoder=ENCODER)
    assert evaluation.describe()["baselines"] == evaluate("dev_matching_hard.json").describe()["baselines"]
