"""What a side of a pairing is shown of an explanation: nothing from which an official fact could be computed.

The share of monitored people (监测对象) moves the tilt by some thousandths. So a side sees one tilt, rounded by itself
alone, and a total that is the sum of the rounded fit and the rounded tilt: however finely an organization varies what
it offers, the total tells no more than that one rounded number.
"""

from collections.abc import Mapping
from typing import Any

from services.matching.scoring.explanation import LANGUAGES, ToldPart, load_phrases
from services.matching.scoring.ranking import Measured, rank_status

_DIGITS = 2


def round_for_sides(fit: float, tilt: float) -> tuple[float, float, float]:
    """Return fit, tilt and total as sides see them, with two digits."""
    # Rounded from what explanations carry, six digits: rounded at once, a number near a half could come out otherwise.
    fit, tilt = round(round(fit, 6), _DIGITS), round(round(tilt, 6), _DIGITS)
    return fit, tilt, round(fit + tilt, _DIGITS)


def order_for_sides(pair: Measured) -> tuple[object, ...]:
    """Return the key that sorts pairs by what sides see of them, so that their order tells no more than that."""
    _, _, total = round_for_sides(pair.fit, pair.tilt)
    return (rank_status(pair.status), -total, -round(pair.fit, 6), pair.supply_id, pair.demand_id)


def open_to_sides(explanation: Mapping[str, Any]) -> dict[str, Any]:
    """Return an explanation for the sides: fit part by part, the tilt as one rounded number, a total of two digits."""
    fit, tilt, total = round_for_sides(explanation["fit"], explanation["tilt"])
    phrases = load_phrases()
    sentence = {language: phrases["tilt_of_sides"][language].format(tilt=tilt) for language in LANGUAGES}
    one = ToldPart(name="tilt", value=None, points=tilt, facts={}, sentence=sentence)
    parts = [one] if explanation["tilt_parts"] else []
    told = {}
    for language, sentences in explanation["sentences"].items():
        reasons = 2 * (len(explanation["excluded"]) + len(explanation["held"]))
        summary = phrases["summary_of_sides"][language].format(total=total, fit=fit, tilt=tilt)
        tilted = {part["sentence"][language] for part in explanation["tilt_parts"]}
        rest = [one for one in sentences[reasons + 1 :] if one not in tilted]
        if parts:
            # The citation of the tilt is the last one, and is there for the smallest tilt: itself a hint.
            citation = rest[len(rest) - (explanation["tilt"] > 0) :]
            rest = rest[: len(rest) - len(citation)] + ([sentence[language], *citation] if tilt > 0 else [])
        told[language] = [*sentences[:reasons], summary, *rest]
    return {
        **explanation, "fit": fit, "tilt": tilt, "total": total, "tilt_parts": parts, "tie_breakers": {},
        "sentences": told,
    }  # fmt: skip
