"""A reason against a pair: its code, the facts that caused it, and the rule of the policy that it broke."""

from collections.abc import Mapping
from dataclasses import dataclass as plain_dataclass
from dataclasses import field
from typing import Any, Literal, NamedTuple

from pydantic.dataclasses import dataclass

from shared.contracts.dictionaries import Label

GateCode = Literal[
    "E_NOT_REGISTERED",
    "E_DEREGISTERED",
    "E_CREDIT_BLACKLIST",
    "E_REGION",
    "E_CAPACITY_FULL",
    "E_NO_PUBLIC_FUNDRAISING",
    "E_PF_INVALID",
    "E_NOT_LEGAL_PERSON",
    "E_PROC_ABNORMAL",
    "E_PROC_ANNUAL",
    "E_DATES",
    "H_ABNORMAL",
    "H_ANNUAL",
    "H_CHARTER",
    "H_DISCLOSURE",
]
Effect = Literal["excludes", "holds", "off"]


class Fact(NamedTuple):
    """One compared or offending fact: its name and its value as a JSON scalar; None is *unknown*."""

    name: str
    value: str | int | float | bool | None


@dataclass(frozen=True, kw_only=True, config={"extra": "forbid"})
class GateRule:
    """What a policy makes of one gate: its effect, what people are told, and the document that it comes from."""

    effect: Effect
    message: Label
    remedy: Label
    citation: Label


Gates = Mapping[GateCode, GateRule]


@plain_dataclass(frozen=True, slots=True)
class Reason:
    """A gate or hold that fired on a pair; two are equal if code and facts are, however a policy words the rule."""

    code: GateCode
    facts: tuple[Fact, ...]
    rule: GateRule = field(compare=False, repr=False)

    def describe(self) -> dict[str, Any]:
        """Return the reason with its texts in both languages, ready for JSON."""
        return {
            "code": self.code,
            "facts": dict(self.facts),
            "message": self.rule.message.model_dump(by_alias=True),
            "remedy": self.rule.remedy.model_dump(by_alias=True),
            "citation": self.rule.citation.model_dump(by_alias=True),
        }
