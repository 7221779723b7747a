"""Run the reference scorer and the three baselines over case files."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.matching.evaluation.baselines import (
    count_bigrams,
    score_bigrams,
    score_bigrams_with_lists,
    score_binary_mean,
)
from services.matching.evaluation.cases import CaseFile, TiltCase
from services.matching.evaluation.designs import JudgedCase, cross_validate, measure_gains
from services.matching.evaluation.metrics import Answer, Tally, judge_case, judge_order, read_answer
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import PairScore, rank_demands, rank_supplies
from services.matching.scoring.text import CorpusTextModel, SentenceEncoder, TextModel
from services.matching.scoring.wording import read_demand_text, read_supply_text


@dataclass
class Evaluation:
    """The result over files: our counts and failures, the baselines' counts, and every case as it was measured."""

    tally: Tally
    baselines: dict[str, Tally]
    judged: list[JudgedCase] = field(default_factory=list)

    def describe(self) -> dict[str, Any]:
        """Return the figures in the agreed JSON form."""
        return {
            **self.tally.describe(),
            "baselines": {name: tally.describe_order() for name, tally in self.baselines.items()},
        }

    def describe_choice(self, policy: Policy) -> dict[str, Any]:
        """Return the cross-validated figures, and what is left without each part."""
        gains = measure_gains(self.judged, policy)
        return {
            "cross_validated": cross_validate(self.judged, policy),
            "without": {name: tally.describe_order() for name, tally in gains.items()},
        }


def evaluate_files(files: Sequence[CaseFile], *, policy: Policy, encoder: SentenceEncoder | None = None) -> Evaluation:
    """Judge several files, each with its own day and term weights, and add their counts."""
    encoder = encoder or SentenceEncoder(cache={})
    whole, *others = [evaluate_cases(file, policy=policy, encoder=encoder) for file in files]
    for other in others:
        whole.tally.add(other.tally)
        whole.judged += other.judged
        for name, tally in other.baselines.items():
            whole.baselines.setdefault(name, Tally()).add(tally)
    return whole


def evaluate_cases(file: CaseFile, *, policy: Policy, encoder: SentenceEncoder | None = None) -> Evaluation:
    """Judge the scorer and the baselines on a file; the term weights come from the file's own texts."""
    # One text stands in many pools: each is encoded once.
    text_model = build_text_model(file, encoder=encoder or SentenceEncoder(cache={}))
    tally = Tally()
    baselines: dict[str, Tally] = {}
    judged = []
    frequencies, documents = count_bigrams(file)
    for case in file.cases:
        pairs = rank_supplies(case.demand, case.offers, policy=policy, as_of=case.as_of, text_model=text_model)
        judged.append(JudgedCase(case, tuple(pairs)))
        answer = read_answer(pairs)
        before = len(tally.failures)
        judge_case(case, answer, tally)
        _add_parts(tally.failures[before:], {pair.supply_id: pair for pair in pairs})
        for name, scores in (
            ("binary_mean_of_five", score_binary_mean(case)),
            ("bigram_tfidf", score_bigrams(case, frequencies, documents)),
            ("bigram_tfidf_with_lists", score_bigrams_with_lists(case, frequencies, documents)),
        ):
            judge_order(case, _replace_scores(answer, scores), baselines.setdefault(name, Tally()))
    for tilt_case in file.tilt_cases:
        _judge_tilt(tilt_case, file, policy, text_model, tally)
    return Evaluation(tally=tally, baselines=baselines, judged=judged)


def build_text_model(file: CaseFile, *, encoder: SentenceEncoder | None = None) -> CorpusTextModel:
    """Learn the term weights from every text of a file, each once."""
    texts = {read_demand_text(case.demand) for case in file.cases}
    texts |= {read_supply_text(offer.supply) for case in file.cases for offer in case.offers}
    return CorpusTextModel.of_corpus(sorted(texts), encoder=encoder)


def _replace_scores(answer: Answer, scores: dict[str, float]) -> Answer:
    """Keep our gates and take a baseline's scores."""
    keys = {supply_id: (scores[supply_id],) for supply_id in answer.keys}
    return Answer(excluded=answer.excluded, held=answer.held, keys=keys, scores=scores)


def _judge_tilt(case: TiltCase, file: CaseFile, policy: Policy, text_model: TextModel, tally: Tally) -> None:
    pairs = {
        pair.demand_id: pair
        for pair in rank_demands(case.offer, case.demands, policy=policy, as_of=file.as_of, text_model=text_model)
    }
    for higher, lower in case.above:
        upper, below = pairs[higher], pairs[lower]
        region_decides = any(reason.code == "E_REGION" for reason in below.excluded)
        satisfied = not upper.excluded and (region_decides or upper.total > below.total)
        tally.tilt_total += 1
        tally.tilt_satisfied += satisfied
        if not satisfied:
            failure = {
                "kind": "tilt",
                "case": case.case_id,
                "ids": [higher, lower],
                "scores": [upper.total, below.total],
            }
            tally.failures.append(failure)
            _add_parts([failure], pairs)


def _add_parts(failures: list[dict[str, Any]], pairs: dict[str, PairScore]) -> None:
    for failure in failures:
        failure["parts"] = [
            {part.name: round(part.points, 4) for part in (*pairs[pair_id].fit_parts, *pairs[pair_id].tilt_parts)}
            if pair_id in pairs
            else {}
            for pair_id in failure["ids"]
        ]
