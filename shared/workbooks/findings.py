"""What can be wrong or remarkable in a file, a row or a cell, with texts and remedies in two languages."""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Severity(StrEnum):
    """Whether a finding refuses its row or file."""

    ERROR = "error"
    WARNING = "warning"


class Outcome(StrEnum):
    """What becomes of a row."""

    ACCEPTED = "accept"
    ACCEPTED_WITH_WARNING = "accept_with_warning"
    REJECTED = "reject"
    IGNORED = "ignore"


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A finding; ``field`` is the canonical header, or for a file the sheet, column or encoding.

    ``facts`` say more by the names of ``facts.json``: another column, another row, what may be chosen, and what a date,
    an amount or a choice was read as; never what a cell says in free words.
    """

    code: str
    field: str | None
    severity: Severity
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FindingText:
    """The text of a finding and what to do about it, in one language."""

    message: str
    remedy: str


@cache
def fact_texts() -> dict[str, dict[str, str]]:
    """Return name of a fact → language → the sentence that says it, with ``{}`` for the fact."""
    texts: dict[str, dict[str, str]] = json.loads(
        files("shared.workbooks").joinpath("facts.json").read_text(encoding="utf-8")
    )
    return texts


@cache
def finding_texts() -> dict[str, dict[str, FindingText]]:
    """Return code → language (``zh-CN``, ``en``) → text."""
    raw = json.loads(files("shared.workbooks").joinpath("findings.json").read_text(encoding="utf-8"))
    return {
        code: {language: FindingText(*texts) for language, texts in languages.items()}
        for code, languages in raw.items()
    }


def describe_finding(finding: Finding, language: str = "zh-CN") -> str:
    """
    Return the sentences shown to a person: where, what, the facts, and the remedy.

    :raises KeyError: for a code without texts
    """
    spoken = "en" if language == "en" else "zh-CN"
    text = finding_texts()[finding.code][spoken]
    facts = [fact_texts()[name][spoken].format(fact) for name, fact in finding.facts]
    colon, space = (": ", " ") if spoken == "en" else ("：", "")
    where = f"{finding.field}{colon}" if finding.field else ""
    return where + space.join((text.message, *facts, text.remedy))
