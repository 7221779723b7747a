"""Candidates in their ranking as callers see them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SkipValidation
from pydantic_core import to_json
from typing_extensions import TypedDict

from services.matching.scoring.explanation import ToldPart
from shared.contracts.dictionaries import Label
from shared.schemas import Reading


class Told(BaseModel):
    """Sentences in both languages."""

    zh: str
    en: str


class ReasonRead(Reading):
    """Why a pair is held or excluded: the fact, the rule's citation, and the remedy."""

    code: str
    facts: dict[str, Any]
    message: Label
    remedy: Label
    citation: Label


Sentence = TypedDict("Sentence", {"zh-CN": str, "en": str})


class PartRead(TypedDict):
    """One part of the score with the facts it compared."""

    name: str
    value: NotRequired[
        Annotated[
            float | None, Field(description="0 to 1; absent in the one `tilt` that organizations and applications see")
        ]
    ]
    points: float
    facts: dict[str, Any]
    sentence: Sentence


class CandidateRead(Reading):
    """A candidate (候选): a demand and a supply, ranked, with the explanation."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    demand_id: UUID
    demand_title: str
    demand_division: str
    supply_id: UUID
    supply_title: str
    organization_id: UUID
    organization_name: str
    rank: int | None = Field(
        default=None, description="Place among all; absent for an excluded pair and outside a ranking"
    )
    score: float = Field(description="0 to 1.25; two digits for organizations and applications")
    eligibility: Literal["eligible", "held", "excluded"]
    reasons: list[ReasonRead]
    parts: SkipValidation[list[PartRead]]  # as the explanation has them: most of an answer, and known to be right
    explanation: Told


class PositionRead(Reading):
    """Up to which events of the neighbours' feeds an answer is true, and on which legal day."""

    as_of: date
    registry: str | None = Field(default=None, description="Cursor of registry's feed; absent before its first event")
    projects: str | None = Field(default=None, description="Cursor of projects' feed; absent before its first event")


class CandidateList(Reading):
    """The wanted candidates, and how many at the wanted place, of the field and type are eligible, held, excluded."""

    policy_version: str
    model_hash: str
    as_of_position: PositionRead
    complete: bool = Field(description="False where only the best 200 of a large market were looked at")
    eligible: int = Field(description="Of those looked at")
    held: int = Field(description="Of those looked at")
    excluded: int | None = Field(default=None, description="Absent where a large market was not looked at as a whole")
    items: list[CandidateRead]
    next_cursor: str | None = Field(default=None, description="Ask with this for the next page; absent on the last")


def write_list(head: CandidateList, items: Iterable[Mapping[str, Any]]) -> bytes:
    """
    Return a list as JSON text, with the values of its items beside it, named and ordered as in the model.

    Their parts, nearly all of an answer, are alike in many and written once.
    """
    written = b",".join(map(_write_candidate, items))
    return b'%b,"items":[%b]}' % (head.model_dump_json(by_alias=True, exclude={"items"}).encode()[:-1], written)


def _write_candidate(item: Mapping[str, Any]) -> bytes:
    values = dict(item)
    parts: list[ToldPart] = values.pop("parts")
    return b'%b,"parts":[%b]}' % (to_json(values)[:-1], b",".join([part.written for part in parts]))


def tell(explanation: Mapping[str, Any]) -> Told:
    """Return the sentences of an explanation as one text in each language."""
    return Told(**join_sentences(explanation))


def join_sentences(explanation: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of :class:`Told` of an explanation."""
    sentences = explanation["sentences"]
    return {"zh": "".join(sentences["zh-CN"]), "en": " ".join(sentences["en"])}


def list_parts(explanation: Mapping[str, Any]) -> list[PartRead]:
    """Return every part of an explanation."""
    return [*explanation["fit_parts"], *explanation["tilt_parts"]]


def list_reasons(explanation: Mapping[str, Any]) -> list[ReasonRead]:
    """Return every reason of an explanation."""
    return [ReasonRead.model_validate(one) for one in (*explanation["excluded"], *explanation["held"])]
