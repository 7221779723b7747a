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

PARTS_KEPT = 10_000
"""Most parts are alike among the candidates of a demand, and telling of them is most of an explanation's cost."""
_NEARNESS = frozenset({"meaning", "terms"})
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
    part: Part


class _ToldTilt(NamedTuple):
    """The tilt parts of a pair as they are told, and the sentences of those that add something."""

    shown: list[ToldPart]
    said: list[Mapping[str, str]]
    parts: tuple[Part, ...]


class Explainer:
    """Explains pairs under a policy; the parts that several of them share are looked at once."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        # By the ids of parts and of the tuples of them, which are held here so that no other gets their id.
        self._known: dict[int, _Told] = {}
        self._tilts: dict[int, _ToldTilt] = {}

    def explain(self, pair: PairScore) -> dict[str, Any]:
        """
        Return status, totals, parts and reasons of a pair with sentences in both languages, ready for JSON.

        The sentences tell why it is excluded or held, what speaks for it (strongest first), and what policy adds.
        """
        known = self._known
        fit_parts = [known.get(id(part)) or self._tell(part) for part in pair.fit_parts]
        tilt = self._tilts.get(id(pair.tilt_parts)) or self._tell_tilt(pair.tilt_parts)
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
            "tilt_parts": list(tilt.shown),
            "tie_breakers": dict(pair.tie_breakers),
            "sentences": self._say(pair, fit_parts, tilt),
        }

    def _tell(self, part: Part) -> _Told:
        told = self._known[id(part)] = _Told(-part.points, part.name, describe_part(part), part)
        return told

    def _tell_tilt(self, parts: tuple[Part, ...]) -> _ToldTilt:
        shown = [describe_part(part) for part in parts]
        said = [one["sentence"] for part, one in zip(parts, shown, strict=True) if part.points > 0]
        told = self._tilts[id(parts)] = _ToldTilt(shown, said, parts)
        return told

    def _say(self, pair: PairScore, fit_parts: Sequence[_Told], tilt: _ToldTilt) -> dict[str, list[str]]:
        phrases = load_phrases()
        told = [one.shown["sentence"] for one in sorted(fit_parts, key=_STRONGEST) if one.lost < 0]
        told += tilt.said
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


def describe_part(part: Part) -> ToldPart:
    """Return what is told of a part; how near two texts are hardly comes again, and would push out what does."""
    return _describe_part(part) if part.name == "text" else _describe_known_part(part)


def _describe_part(part: Part) -> ToldPart:
    phrase, points, facts = _choose_phrase(part), part.points, dict(part.facts)
    words: dict[str, dict[str, Any]] = {language: {"points": points} for language in LANGUAGES}
    for name, value in facts.items():
        shown = _show(name, value)
        for language in LANGUAGES:
            words[language][name] = shown[language]
    return ToldPart(
        name=part.name,
        value=round(part.value, 6),
        points=round(points, 6),
        facts=facts,
        sentence={language: phrase[language].format_map(words[language]) for language in LANGUAGES},
    )


_describe_known_part = lru_cache(maxsize=PARTS_KEPT)(_describe_part)


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
    return dict.fromkeys(LANGUAGES, f"{value:.0%}") if name in _NEARNESS else _show_known(name, value)


@lru_cache(maxsize=PARTS_KEPT, typed=True)
def _show_known(name: str, value: Any) -> Mapping[str, str]:
    words: dict[str, dict[str, Any]] = load_phrases()["words"]
    if value is None:
        return words["unknown"]
    if value == "":
        return words["none"]
    if isinstance(value, bool):
        return words["yes" if value else "no"]
    if name.endswith("_fen"):
        return {language: words["money"][language].format(yuan=int(value) / 100) for language in LANGUAGES}
    if name.endswith("_share"):
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
