"""A reason against a pair: its code, the facts that caused it, the rule's citation and the remedy in two languages."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict

from shared.contracts.dictionaries import Label


@dataclass(frozen=True, slots=True)
class Fact:
    """One compared or offending fact: its name and its value as a JSON scalar; None is *unknown*."""

    name: str
    value: str | int | float | bool | None


class Rule(BaseModel):
    """The text of a gate or hold, as data."""

    model_config = ConfigDict(frozen=True)

    message: Label
    remedy: Label
    citation: Label


@dataclass(frozen=True, slots=True)
class Reason:
    """A gate or hold that fired on a pair."""

    code: str
    facts: tuple[Fact, ...]

    @property
    def rule(self) -> Rule:
        """Return the message, remedy and citation of the rule."""
        return load_rules()[self.code]

    def describe(self) -> dict[str, Any]:
        """Return the reason with its texts in both languages, ready for JSON."""
        rule = self.rule
        return {
            "code": self.code,
            "facts": {fact.name: fact.value for fact in self.facts},
            "message": rule.message.model_dump(by_alias=True),
            "remedy": rule.remedy.model_dump(by_alias=True),
            "citation": rule.citation.model_dump(by_alias=True),
        }


@cache
def load_rules() -> dict[str, Rule]:
    """Return the rule of every gate and hold code from ``rules.json``."""
    text = files("services.matching.scoring").joinpath("rules.json").read_text(encoding="utf-8")
    return {code: Rule.model_validate(value) for code, value in json.loads(text).items()}
