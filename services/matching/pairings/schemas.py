"""Pairings in and out."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from services.matching.candidates.schemas.candidates import (
    PartRead,
    ReasonRead,
    Told,
    list_parts,
    list_reasons,
    tell,
)
from services.matching.pairings.models import Pairing, PairingEvent, Side
from services.matching.scoring.reasons import GateCode, Reason
from services.matching.scoring.sides import open_to_sides
from shared.auth.principals import Principal
from shared.contracts.codes import (
    Answer,
    DeclineReason,
    FallThroughReason,
    PairingOrigin,
    PairingPhase,
    PairingStatus,
    Role,
)
from shared.contracts.contacts import Contact
from shared.contracts.matching import PairingPayload
from shared.errors import Text
from shared.free_text import FreeRemark
from shared.schemas import Command, Reading
from shared.validation_texts import rule_broken

GivenReason = Annotated[FreeRemark, Field(min_length=1)]


class PairingCreate(Command):
    """Order (点单), take (接单) or invite (派单): which it is follows from who sends it."""

    demand_id: UUID
    supply_id: UUID


class GivenAnswer(Command):
    """Interest (意向), agreement (同意), or a decline (谢绝) with its coded reason."""

    answer: Answer
    reason: DeclineReason | None = Field(default=None, description="Needed with `declined`, and only then")

    @model_validator(mode="after")
    def _check_reason(self) -> Self:
        if (self.answer is Answer.DECLINED) != (self.reason is not None):
            text = Text("谢绝须写明原因代码,其他答复不写原因。", "`declined` needs a reason, other answers have none.")
            raise rule_broken("reason_with_decline", text)
        return self


class AnswerCreate(GivenAnswer):
    """A side's answer: interest (意向), agreement (同意), or a decline (谢绝) with its coded reason."""

    side: Side


class ReasonGiven(Command):
    """Why an officer does something, in words; it is kept in the history."""

    reason: GivenReason


class FallThrough(Command):
    """Why what was agreed comes to nothing (未能实施)."""

    reason: FallThroughReason


class PairingFilter(BaseModel):
    """Which pairings are wanted."""

    status: list[PairingStatus] = []
    phase: PairingPhase | None = None
    demand_id: UUID | None = None
    supply_id: UUID | None = None
    organization_id: UUID | None = None
    run_id: UUID | None = None
    hold_reason: list[GateCode] = []
    demand_division: str | None = None
    record_division: str | None = None


class PairingRead(Reading):
    """A pairing (对接)."""

    id: UUID
    status: PairingStatus
    phase: PairingPhase
    origin: PairingOrigin
    demand_id: UUID
    demand_title: str
    demand_division: str
    supply_id: UUID
    supply_title: str
    organization_id: UUID
    organization_name: str
    is_government_purchase: bool
    demand_answer: Answer | None = None
    supply_answer: Answer | None = None
    answer_by: datetime | None = Field(default=None, description="Until when to answer or to talk, while it runs")
    score: float = Field(description="0 to 1.25; two digits for organizations and applications")
    policy_version: str
    model_hash: str
    hold_codes: list[str] = Field(default=[], description="Why it waits for an officer, or did before it was released")
    reason: str | None = Field(default=None, description="Why it ended: a code, or an officer's words")
    ended_by: Side | None = None
    ended_at: datetime | None = None
    previous_pairing_id: UUID | None = None
    run_id: UUID | None = None
    version: int
    created_at: datetime


class PairingEventRead(Reading):
    """One line of the history: what, who (a client, or `system`), what a side answered, when."""

    happened: str
    by_subject: str
    by_role: Role | None = None
    side: Side | None = None
    answer: Answer | None = None
    reason: str | None = None
    at: datetime


class PairingDetail(PairingRead):
    """A pairing with its explanation as of the day of the proposal, the reasons of a hold, and its history."""

    explanation: Told
    parts: list[PartRead]
    hold_reasons: list[ReasonRead]
    history: list[PairingEventRead]


class PairingContacts(BaseModel):
    """The contacts of both sides of a pairing in talks or later; absent where an owner has set none."""

    pairing_id: UUID
    demand: Contact | None = Field(default=None, description="The office or village of the demand")
    supply: Contact | None = Field(default=None, description="The organization")


def show_pairing(pairing: Pairing, *, to: Principal) -> PairingRead:
    """Return a pairing; from its score nobody else can compute what only officials may know."""
    shown = PairingRead.model_validate(pairing)
    shown.hold_codes = [str(one["code"]) for one in pairing.hold_reasons]
    if not to.sees_official_fields:
        shown.score = open_to_sides(pairing.explanation)["total"]
    return shown


def show_detail(pairing: Pairing, *, to: Principal) -> PairingDetail:
    """Return a pairing whose history is loaded; others do not see what only officials may know."""
    known = pairing.explanation if to.sees_official_fields else open_to_sides(pairing.explanation)
    return PairingDetail(
        **show_pairing(pairing, to=to).model_dump(),
        explanation=tell(known),
        parts=list_parts(known),
        hold_reasons=list_reasons({"excluded": [], "held": pairing.hold_reasons}),
        history=[PairingEventRead.model_validate(event) for event in pairing.history],
    )


def make_payload(pairing: Pairing, event: PairingEvent) -> PairingPayload:
    """Return what subscribers of both sides are told of something that happened to a pairing."""
    known = open_to_sides(pairing.explanation)
    told = tell(known)
    shared: dict[str, Any] = {
        name: getattr(event if name in ("side", "answer") else pairing, name)
        for name in PairingPayload.model_fields
        if name not in ("pairing_id", "score", "explanation_zh", "explanation_en")
    }
    return PairingPayload(
        pairing_id=pairing.id, score=known["total"], explanation_zh=told.zh, explanation_en=told.en, **shared
    )


def tell_reasons(reasons: Iterable[Reason]) -> dict[str, str]:
    """Return every reason with its remedy as the facts of a refusal, in both languages."""
    known = list(reasons)
    return {
        "reasons_zh": "".join(f"{one.code} {one.rule.message.zh}{one.rule.remedy.zh}" for one in known),
        "reasons_en": " ".join(f"{one.code} {one.rule.message.en} {one.rule.remedy.en}" for one in known),
    }
