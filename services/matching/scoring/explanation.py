"""Why a pair stands where it stands: structured parts, and sentences in Chinese and English."""

import json
from collections.abc import Mapping, Sequence
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from operator import itemgetter
from typing import Any, NamedTuple

from pydantic_core import to_json

from services.matching.scoring.fit import Part
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import PairScore
from shared.contracts.dictionaries import Label, labels

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

PARTS_KEPT = 5_000
"""Most parts are alike among the candidates of a demand, and telling of them is most of an explanation's cost."""
_STRONGEST = itemgetter(0, 1)
_NOBODY = ("monitored_share", 0.0)


class ToldPart(dict[str, Any]):
    """A part with its facts and its sentence in each language, ready for JSON; it is shared: do not change it."""

    @cached_property
    def written(self) -> bytes:
        """Return the part as JSON text."""
        return to_json(self)


class _Told(NamedTuple):
    """A part as it is told; parts sort by what they add, the strongest first, then by name."""

    lost: float
    name: str
    shown: ToldPart


class Explainer:
    """Explains pairs under a policy; the parts that several of them share are looked at once."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._known: dict[int, tuple[Part, _Told]] = {}  # by the id of the part, which lives as long

    def explain(self, pair: PairScore) -> dict[str, Any]:
        """
        Return status, totals, parts and reasons of a pair with sentences in both languages, ready for JSON.

        The sentences tell why it is excluded or held, what speaks for it (strongest first), and what policy adds.
        """
        fit_parts, tilt_parts = list(map(self._tell, pair.fit_parts)), list(map(self._tell, pair.tilt_parts))
        return {
            "status": pair.status,
            "total": pair.total,
            "fit": round(pair.fit, 6),
            "tilt": round(pair.tilt, 6),
            "policy_version": pair.policy_version,
            "model_hash": pair.model_hash,
            "excluded": [reason.describe() for reason in pair.excluded],
            "held": [reason.describe() for reason in pair.held],
            "fit_parts": [one.shown for one in fit_parts],
            "tilt_parts": [one.shown for one in tilt_parts],
            "tie_breakers": dict(pair.tie_breakers),
            "sentences": self._say(pair, fit_parts, tilt_parts),
        }

    def _tell(self, part: Part) -> _Told:
        known = self._known.get(id(part))
        if known is None:
            known = self._known[id(part)] = (part, _Told(-part.points, part.name, describe_part(part)))
        return known[1]

    def _say(self, pair: PairScore, fit_parts: Sequence[_Told], tilt_parts: Sequence[_Told]) -> dict[str, list[str]]:
        phrases = load_phrases()
        told = [one.shown["sentence"] for one in sorted(fit_parts, key=_STRONGEST) if one.lost < 0]
        told += [one.shown["sentence"] for one in tilt_parts if one.lost < 0]
        if not pair.tilt_parts:
            told.append(phrases["government_purchase"])
        elif pair.tilt > 0:
            told.append(_cite(self._policy.citations["tilt"]))
        summary, totals = phrases["summary"], {"total": pair.total, "fit": pair.fit, "tilt": pair.tilt}
        said = {language: [summary[language].format_map(totals)] for language in LANGUAGES}
        if reasons := (*pair.excluded, *pair.held):
            for language, sentences in said.items():
                sentences[:0] = [
                    *(_speak(reason.rule.message, language) for reason in reasons),
                    *(_speak(reason.rule.remedy, language) for reason in reasons),
                ]
        for language, sentences in said.items():
            sentences += [sentence[language] for sentence in told]
        return said


def explain_pair(pair: PairScore, *, policy: Policy) -> dict[str, Any]:
    """Explain one pair."""
    return Explainer(policy).explain(pair)


@lru_cache(maxsize=PARTS_KEPT)
def describe_part(part: Part) -> ToldPart:
    """Return what is told of a part."""
    phrase, points = _choose_phrase(part), part.points
    shown = [(name, _show(name, value)) for name, value in part.facts]
    return ToldPart(
        name=part.name,
        value=round(part.value, 6),
        points=round(points, 6),
        facts=dict(part.facts),
        sentence={
            language: phrase[language].format(points=points, **{name: told[language] for name, told in shown})
            for language in LANGUAGES
        },
    )


def _choose_phrase(part: Part) -> dict[str, str]:
    """Return the phrase of a part, or the first of those for facts that are missing, which says so in its own words."""
    phrase: dict[str, Any] = load_phrases()["parts"][part.name]
    missing = {name for name, value in part.facts if _is_missing(name, value)}
    if not missing:
        return phrase
    return next((other for other in phrase.get("without", ()) if missing.issuperset(other["missing"])), phrase)


def _is_missing(name: str, value: Any) -> bool:
    """Tell whether there is nothing to show; no money at all is something, a share of none is not."""
    return value is None or value is False or value == "" or (name, value) == _NOBODY


def _show(name: str, value: Any) -> Mapping[str, str]:
    """Return a fact in words, by language."""
    words: dict[str, dict[str, Any]] = load_phrases()["words"]
    if value is None:
        return words["unknown"]
    if value == "":
        return words["none"]
    if isinstance(value, bool):
        return words["yes" if value else "no"]
    if name.endswith("_fen"):
        return {language: words["money"][language].format(yuan=int(value) / 100) for language in LANGUAGES}
    if name.endswith("_share") or name in ("meaning", "terms"):
        return dict.fromkeys(LANGUAGES, f"{float(value):.0%}")
    dictionary = _DICTIONARY_OF_FACT.get(name)
    if dictionary is None:
        place: dict[str, str] | None = words["own_place"].get(str(value))
        return place or dict.fromkeys(LANGUAGES, str(value))
    return {language: _name_codes(dictionary, str(value), language) for language in LANGUAGES}


def _name_codes(dictionary: str, codes: str, language: str) -> str:
    known = labels(dictionary, language)
    return ("、" if language == "zh-CN" else ", ").join(known.get(code, code) for code in codes.split(", "))


def _cite(source: Label) -> Mapping[str, str]:
    phrase = load_phrases()["citation"]
    return {language: phrase[language].format(citation=_speak(source, language)) for language in LANGUAGES}


def _speak(text: Label, language: str) -> str:
    return text.en if language == "en" else text.zh


@cache
def load_phrases() -> dict[str, Any]:
    """Return the phrases of explanations in both languages."""
    text = files("services.matching.scoring").joinpath("phrases.json").read_text(encoding="utf-8")
    phrases: dict[str, Any] = json.loads(text)
    return phrases
