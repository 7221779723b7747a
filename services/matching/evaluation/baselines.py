"""Three simple matchers to compare with, behind the same gates: binary mean of five, TF-IDF, TF-IDF with lists."""

import math
from collections import Counter

from services.matching.evaluation.cases import Case, CaseFile
from services.matching.scoring.facts import DemandFacts, Offer

_LIST_SHARE = 0.3  # of 0.1, 0.2, 0.3, 0.5 and 1 the one that is strongest on the development cases


def score_binary_mean(case: Case) -> dict[str, float]:
    """Average five yes-or-no criteria, as ProjectFirma's PartnerFinder does: each counts the same, no text."""
    return {offer.supply.supply_id: _average_criteria(case.demand, offer) for offer in case.offers}


def score_bigrams(case: Case, frequencies: Counter[str], documents: int) -> dict[str, float]:
    """Score by the cosine of character-bigram TF-IDF vectors of title and description."""
    wanted = _weigh_bigrams(f"{case.demand.title}。{case.demand.description}", frequencies, documents)
    scores = {}
    for offer in case.offers:
        offered = _weigh_bigrams(f"{offer.supply.title}。{offer.supply.description}", frequencies, documents)
        scores[offer.supply.supply_id] = sum(weight * offered.get(bigram, 0.0) for bigram, weight in wanted.items())
    return scores


def score_bigrams_with_lists(case: Case, frequencies: Counter[str], documents: int) -> dict[str, float]:
    """Add to the cosine the overlap (Jaccard) of fields, forms of help and groups: what a good search engine does."""
    scores, demand = score_bigrams(case, frequencies, documents), case.demand
    for offer in case.offers:
        supply = offer.supply
        pairs = (
            (demand.fields, supply.fields),
            (demand.help_forms, supply.help_forms),
            (demand.groups, supply.groups),
        )
        overlaps = [len(wanted & offered) / max(1, len(wanted | offered)) for wanted, offered in pairs]
        scores[supply.supply_id] += _LIST_SHARE * sum(overlaps) / len(overlaps)
    return scores


def count_bigrams(file: CaseFile) -> tuple[Counter[str], int]:
    """Count in how many texts of a case file each bigram stands, and the texts."""
    texts = {f"{case.demand.title}。{case.demand.description}" for case in file.cases}
    texts |= {f"{offer.supply.title}。{offer.supply.description}" for case in file.cases for offer in case.offers}
    frequencies: Counter[str] = Counter()
    for text in texts:
        frequencies.update(set(_split_bigrams(text)))
    return frequencies, len(texts)


def _average_criteria(demand: DemandFacts, offer: Offer) -> float:
    supply, organization = offer.supply, offer.organization
    home = organization.registered_division or ""
    criteria = (
        bool(demand.fields & supply.fields),
        bool(demand.help_forms & supply.help_forms),
        bool(demand.groups & supply.groups),
        demand.assist_mode == supply.assist_mode,
        home[:2] == demand.division_code[:2],
    )
    return sum(criteria) / len(criteria)


def _split_bigrams(text: str) -> list[str]:
    return [text[start : start + 2] for start in range(len(text) - 1) if text[start : start + 2].isalnum()]


def _weigh_bigrams(text: str, frequencies: Counter[str], documents: int) -> dict[str, float]:
    counts = Counter(_split_bigrams(text))
    weights = {
        bigram: count * math.log((1 + documents) / (1 + frequencies[bigram])) for bigram, count in counts.items()
    }
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {bigram: weight / length for bigram, weight in weights.items() if weight > 0}
