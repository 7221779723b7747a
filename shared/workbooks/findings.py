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
    """A finding; ``field`` is the canonical header, or for a file the sheet, column or encoding, never a value."""

    code: str
    field: str | None
    severity: Severity


@dataclass(frozen=True, slots=True)
class FindingText:
    """The text of a finding and what to do about it, in one language."""

    message: str
    remedy: str


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
    Return the sentence shown to a person: where, what, and the remedy.

    :raises KeyError: for a code without texts
    """
    text = finding_texts()[finding.code]["en" if language == "en" else "zh-CN"]
    if language == "en":
        return f"{finding.field}: {text.message} {text.remedy}" if finding.field else f"{text.message} {text.remedy}"
    return f"{finding.field}：{text.message}{text.remedy}" if finding.field else f"{text.message}{text.remedy}"
