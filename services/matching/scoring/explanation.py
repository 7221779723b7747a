"""Why a pair stands where it stands: structured parts, and sentences in Chinese and English."""

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from services.matching.scoring.fit import Part
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import PairScore
from services.matching.scoring.reasons import Fact
from shared.contracts.dictionaries import labels

LANGUAGES = ("zh-CN", "en")
_DICTIONARY_OF_FACT = {
    "wanted_fields": "field",
    "common_fields": "field",
    "fields": "field",
    "wanted_help_forms": "help_form",
    "common_help_forms": "help_form",
    "wanted_groups": "beneficiary_group",
    "common_groups": "beneficiary_group",
    "groups_in_difficulty": "beneficiary_group",
    "wanted_assist_mode": "assist_mode",
    "offered_assist_mode": "assist_mode",
    "organization_type": "organization_type",
    "organization_level": "organization_level",
    "designations": "designation",
    "level": "demand_level",
}

_NOBODY = ("monitored_share", 0.0)


def explain_pair(pair: PairScore, *, policy: Policy) -> dict[str, Any]:
    """Return status, totals, parts and reasons of a pair with sentences in both languages, ready for JSON."""
    told = {language: _tell_parts(pair, language) for language in LANGUAGES}
    return {
        "status": pair.status,
        "total": pair.total,
        "fit": round(pair.fit, 6),
        "tilt": round(pair.tilt, 6),
        "policy_version": pair.policy_version,
        "model_hash": pair.model_hash,
        "excluded": [reason.describe() for reason in pair.excluded],
        "held": [reason.describe() for reason in pair.held],
        "fit_parts": [_describe_part(part, told) for part in pair.fit_parts],
        "tilt_parts": [_describe_part(part, told) for part in pair.tilt_parts],
        "tie_breakers": dict(pair.tie_breakers),
        "sentences": {language: _tell_all(pair, language, policy, told[language]) for language in LANGUAGES},
    }


def tell_pair(pair: PairScore, language: str, *, policy: Policy) -> list[str]:
    """Tell in sentences why a pair is excluded or held, what speaks for it (strongest first), and what policy adds."""
    return _tell_all(pair, language, policy, _tell_parts(pair, language))


def _tell_all(pair: PairScore, language: str, policy: Policy, told: Mapping[str, str]) -> list[str]:
    phrases = load_phrases()
    reasons = (*pair.excluded, *pair.held)
    sentences = [getattr(reason.rule.message, _attribute(language)) for reason in reasons]
    sentences += [getattr(reason.rule.remedy, _attribute(language)) for reason in reasons]
    sentences.append(phrases["summary"][language].format(total=pair.total, fit=pair.fit, tilt=pair.tilt))
    strongest = sorted((part for part in pair.fit_parts if part.points > 0), key=lambda part: (-part.points, part.name))
    sentences += [told[part.name] for part in strongest]
    sentences += [told[part.name] for part in pair.tilt_parts if part.points > 0]
    if not pair.tilt_parts:
        sentences.append(phrases["government_purchase"][language])
    elif pair.tilt > 0:
        citation = getattr(policy.citations["tilt"], _attribute(language))
        sentences.append(phrases["citation"][language].format(citation=citation))
    return sentences


def _tell_parts(pair: PairScore, language: str) -> dict[str, str]:
    return {part.name: _tell_part(part, language) for part in (*pair.fit_parts, *pair.tilt_parts)}


def _describe_part(part: Part, told: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    return {
        "name": part.name,
        "value": round(part.value, 6),
        "points": round(part.points, 6),
        "facts": {fact.name: fact.value for fact in part.facts},
        "sentence": {language: told[language][part.name] for language in LANGUAGES},
    }


@lru_cache(maxsize=20_000)
def _tell_part(part: Part, language: str) -> str:
    # Many parts are alike among the candidates of a demand, and this is most of an explanation's cost.
    shown = {fact.name: _show(fact, language) for fact in part.facts}
    return _choose_phrase(part)[language].format(points=part.points, **shown)


def _choose_phrase(part: Part) -> dict[str, str]:
    """Return the phrase of a part, or the first of those for facts that are missing, which says so in its own words."""
    missing = {fact.name for fact in part.facts if _is_missing(fact)}
    phrase: dict[str, Any] = load_phrases()["parts"][part.name]
    return next((other for other in phrase.get("without", ()) if missing.issuperset(other["missing"])), phrase)


def _is_missing(fact: Fact) -> bool:
    """Tell whether there is nothing to show; no money at all is something, a share of none is not."""
    return fact.value is None or fact.value is False or fact.value == "" or (fact.name, fact.value) == _NOBODY


def _show(fact: Fact, language: str) -> str:
    words = load_phrases()["words"]
    if fact.value is None:
        return str(words["unknown"][language])
    if fact.value == "":
        return str(words["none"][language])
    if isinstance(fact.value, bool):
        return str(words["yes" if fact.value else "no"][language])
    if fact.name.endswith("_fen"):
        return str(words["money"][language]).format(yuan=int(fact.value) / 100)
    if fact.name.endswith("_share") or fact.name in ("meaning", "terms"):
        return f"{float(fact.value):.0%}"
    dictionary = _DICTIONARY_OF_FACT.get(fact.name)
    if dictionary is None:
        return str(words["own_place"].get(str(fact.value), {}).get(language, fact.value))
    known = labels(dictionary, language)
    separator = "、" if language == "zh-CN" else ", "
    return separator.join(known.get(code, code) for code in str(fact.value).split(", "))


def _attribute(language: str) -> str:
    return "en" if language == "en" else "zh"


@cache
def load_phrases() -> dict[str, Any]:
    """Return the phrases of explanations in both languages."""
    text = files("services.matching.scoring").joinpath("phrases.json").read_text(encoding="utf-8")
    phrases: dict[str, Any] = json.loads(text)
    return phrases
