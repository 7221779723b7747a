"""Answer links as an office makes them, and the pairing as who follows one sees it."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import segno
from pydantic import BaseModel, Field

from services.matching.answer_links.models import ANSWERS, AnswerLink
from services.matching.candidates.schemas.candidates import Told, tell
from services.matching.inbox.models import TASKS, Question
from services.matching.pairings.models import Pairing, Side
from services.matching.pairings.schemas import GivenAnswer
from services.matching.scoring.sides import open_to_sides
from shared.contracts.codes import Answer, PairingStatus
from shared.errors import Text
from shared.schemas import Command, Reading, SecretShown, ShownOnce

MAKE_ANOTHER = Text(
    "链接只显示一次。如未保存,请重新生成,原链接随即失效。",
    "A link is shown once. If it was lost, make another; this one ends.",
)


class AnswerLinkCreate(Command):
    """Which side is to answer by a link (答复链接)."""

    side: Side


class AnswerLinkRead(Reading):
    """An answer link (答复链接) as the offices see it; the link itself is shown once."""

    id: UUID
    pairing_id: UUID
    side: Side
    question: Question
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None
    codes_asked: int = Field(description="How often a code was asked for 已请求验证码次数")
    undeliverable_at: datetime | None = Field(
        default=None, description="When it was found that the side has no contact that can be reached 联系人无法送达"
    )


class AnswerLinkShown(SecretShown, AnswerLinkRead):
    """A new answer link, with the link itself and its QR code (二维码) to print or to send."""

    secret_link: Annotated[str, ShownOnce(MAKE_ANOTHER)]
    secret_link_svg: Annotated[str, ShownOnce(Text("", ""))] = Field(description="The QR code, as an SVG element")


class AskedByLink(BaseModel):
    """What who follows a link is asked: one pairing, without anything of a person."""

    question: Question
    to_do: Told
    answers: list[Answer] = Field(description="What may be answered now; empty = it is settled by now")
    side: Side
    status: PairingStatus
    demand_title: str
    demand_division: str
    supply_title: str
    organization_name: str
    explanation: Told
    until: date | None = Field(default=None, description="The last legal day to answer")
    expires_at: datetime = Field(description="When the link ends")


class CodeAsked(BaseModel):
    """That a code was asked for: it goes to the registered contact of the side, if one is kept."""

    told: Told


class LinkAnswerCreate(GivenAnswer):
    """An answer by a link, with the code that was sent to the side's registered contact."""

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$", description="验证码")]


class AnsweredByLink(BaseModel):
    """What became of the pairing by the answer."""

    answer: Answer
    status: PairingStatus


def show_link(link: AnswerLink, *, token: str, public_url: str) -> AnswerLinkShown:
    """Return a new link with its address and the QR code of it."""
    address = f"{public_url.rstrip('/')}/matching/v1/answer-links/{token}/page"
    code = segno.make(address, error="m", micro=False)
    known = AnswerLinkRead.model_validate(link).model_dump()
    return AnswerLinkShown(**known, secret_link=address, secret_link_svg=code.svg_inline(scale=4))


def show_asked(link: AnswerLink, pairing: Pairing, *, is_open: bool) -> AskedByLink:
    """Return what who follows a link sees."""
    to_do = TASKS[link.question].to_do
    return AskedByLink(
        question=link.question,
        to_do=Told(zh=to_do.zh, en=to_do.en),
        answers=list(ANSWERS[link.question]) if is_open else [],
        side=link.side,
        status=pairing.status,
        demand_title=pairing.demand_title,
        demand_division=pairing.demand_division,
        supply_title=pairing.supply_title,
        organization_name=pairing.organization_name,
        explanation=tell(open_to_sides(pairing.explanation)),
        until=pairing.last_answer_on if is_open else None,
        expires_at=link.expires_at,
    )
