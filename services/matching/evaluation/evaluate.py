"""Run the reference scorer and the two baselines over a case file."""

from dataclasses import dataclass
from typing import Any

from services.matching.evaluation.baselines import count_bigrams, score_bigrams, score_binary_mean
from services.matching.evaluation.cases import CaseFile, TiltCase
from services.matching.evaluation.metrics import Answer, Tally, judge_case, judge_order
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import PairScore, rank_demands, rank_supplies
from services.matching.scoring.text import CorpusTextModel, SentenceEncoder, TextModel
from services.matching.scoring.wording import read_demand_text, read_supply_text


@dataclass
class Evaluation:
    """The result over a file: our counts and failures, and the baselines' counts."""

    tally: Tally
    baselines: dict[str, Tally]

    def describe(self) -> dict[str, Any]:
        """Return the figures in the agreed JSON form."""
        return {
            **self.tally.describe(),
            "baselines": {name: tally.describe_order() for name, tally in self.baselines.items()},
        }


def evaluate_cases(file: CaseFile, *, policy: Policy, encoder: SentenceEncoder | None = None) -> Evaluation:
    """Judge the scorer and the baselines on a file; the term weights come from the file's own texts."""
    # One text stands in many pools: each is encoded once.
    text_model = build_text_model(file, encoder=encoder or SentenceEncoder(cache={}))
    tally = Tally()
    baselines = {"binary_mean_of_five": Tally(), "bigram_tfidf": Tally()}
    frequencies, documents = count_bigrams(file)
    for case in file.cases:
        pairs = rank_supplies(case.demand, case.offers, policy=policy, as_of=file.as_of, text_model=text_model)
        answer = read_answer(pairs)
        before = len(tally.failures)
        judge_case(case, answer, tally)
        _add_parts(tally.failures[before:], {pair.supply_id: pair for pair in pairs})
        for name, scores in (
            ("binary_mean_of_five", score_binary_mean(case)),
            ("bigram_tfidf", score_bigrams(case, frequencies, documents)),
        ):
            judge_order(case, _replace_scores(answer, scores), baselines[name])
    for tilt_case in file.tilt_cases:
        _judge_tilt(tilt_case, file, policy, text_model, tally)
    return Evaluation(tally=tally, baselines=baselines)


def build_text_model(file: CaseFile, *, encoder: SentenceEncoder | None = None) -> CorpusTextModel:
    """Learn the term weights from every text of a file, each once."""
    texts = {read_demand_text(case.demand) for case in file.cases}
    texts |= {read_supply_text(offer.supply) for case in file.cases for offer in case.offers}
    return CorpusTextModel.of_corpus(sorted(texts), encoder=encoder)


def read_answer(pairs: list[PairScore]) -> Answer:
    """Turn ranked pairs of one demand into an answer to judge."""
    return Answer(
        excluded={pair.supply_id: frozenset(r.code for r in pair.excluded) for pair in pairs if pair.excluded},
        held={pair.supply_id: frozenset(r.code for r in pair.held) for pair in pairs if pair.held},
        keys={
            # Held pairs rank behind; the policy's tie-breakers count, the ids at the very end do not.
            pair.supply_id: (float(not pair.held), pair.total, *(value for _, value in pair.tie_breakers))
            for pair in pairs
            if not pair.excluded
        },
        scores={pair.supply_id: pair.total for pair in pairs},
    )


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
