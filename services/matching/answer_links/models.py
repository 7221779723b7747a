"""Answer links: what each is for, whose answer it takes, and the code that proves the side."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.answer_links.errors import AnswerLinkNotValid, CodeAskedTooOften
from services.matching.db import Base
from services.matching.inbox.models import Question
from services.matching.pairings.models import Pairing, Side
from shared.auth.principals import Principal
from shared.contracts.codes import Answer, PairingPhase, PairingStatus, Role
from shared.db import Identified, Stamped, Versioned

MOST_CODES = 3
MOST_TRIES = 5
"""Of one code: with three codes fifteen guesses of a million."""
MOST_LINKS = 5
"""Of one side of a pairing within a day: together with the codes seventy-five guesses of a million."""
A_DAY = timedelta(days=1)
CODE_LIVES = timedelta(minutes=10)
BETWEEN_CODES = timedelta(minutes=1)
ANSWERS: Mapping[Question, tuple[Answer, ...]] = {
    Question.ANSWER: (Answer.INTERESTED, Answer.DECLINED),
    Question.AGREE: (Answer.AGREED, Answer.DECLINED),
}
"""What may be answered to the questions for which there are links."""


class AnswerLink(Base, Identified, Versioned, Stamped):
    """
    A link that answers one question of one pairing for one side, once.

    The token in it is stored as a keyed hash, and so is the code, together with the link that it is for.
    """

    __tablename__ = "answer_links"

    pairing_id: Mapped[UUID] = mapped_column(ForeignKey("pairings.id"), index=True)
    side: Mapped[Side]
    question: Mapped[Question]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_by: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    code_asked_at: Mapped[datetime | None]
    codes_asked: Mapped[int] = mapped_column(default=0)
    code_hash: Mapped[str | None]
    code_expires_at: Mapped[datetime | None]
    tries_left: Mapped[int] = mapped_column(default=0)
    undeliverable_at: Mapped[datetime | None]

    def is_live(self, *, at: datetime) -> bool:
        """Tell whether it can still be used."""
        return self.used_at is None and self.revoked_at is None and at < self.expires_at

    def check_live(self, *, at: datetime) -> None:
        """
        Refuse a link that is used up.

        :raises AnswerLinkNotValid: if it was used or revoked, or has expired
        """
        if not self.is_live(at=at):
            raise AnswerLinkNotValid(pointer="path/token")

    def revoke(self, *, at: datetime) -> None:
        """Let it lead nowhere; one that was used stays so."""
        if self.used_at is None:
            self.revoked_at = self.revoked_at or at

    def ask_for_code(self, *, at: datetime) -> None:
        """
        Note that a code is wanted; the one before it is right no more.

        :raises CodeAskedTooOften: if one was asked for a moment ago, or as often as may be
        """
        wait = self.code_asked_at + BETWEEN_CODES - at if self.code_asked_at else timedelta()
        if self.codes_asked >= MOST_CODES:
            raise CodeAskedTooOften(retry_after=int((self.expires_at - at).total_seconds()), most=MOST_CODES)
        if wait > timedelta():
            raise CodeAskedTooOften(retry_after=int(wait.total_seconds()) + 1, most=MOST_CODES)
        self.code_asked_at = at
        self.codes_asked += 1
        self.tries_left = MOST_TRIES  # of all codes that are sent for this asking, should one have to be sent again
        self.code_hash = self.code_expires_at = self.undeliverable_at = None

    def wants_code(self, *, asked: int | None, at: datetime) -> bool:
        """Tell whether a code is still waited for that was asked for as the ``asked``-th one (``None``: any)."""
        if asked not in (None, self.codes_asked):
            return False
        asked_lately = self.code_asked_at is not None and at < self.code_asked_at + CODE_LIVES
        return asked_lately and self.is_live(at=at) and self.undeliverable_at is None

    def set_code(self, code_hash: str, *, at: datetime) -> None:
        """Take a new code; how often it may be tried was set when it was asked for."""
        self.code_hash, self.code_expires_at = code_hash, at + CODE_LIVES

    def note_undeliverable(self, *, at: datetime) -> None:
        """Record that the side has no contact that can be reached."""
        self.undeliverable_at, self.code_hash = at, None

    def take_try(self, *, at: datetime) -> str:
        """Count a try and return the hash that the code must have; an empty one fits none."""
        if self.code_hash is None or self.code_expires_at is None or at >= self.code_expires_at or not self.tries_left:
            return ""
        self.tries_left -= 1
        return self.code_hash

    def use(self, *, at: datetime) -> None:
        """Use it up."""
        self.used_at, self.code_hash = at, None

    def speaker(self, pairing: Pairing) -> Principal:
        """
        Return who answers by it: the side, under the name of this link, with no more power than the answer needs.

        Of the demand side that is an editor's, for its agreement is the rural office's alone.
        """
        subject = f"answer-link:{self.id}"
        if self.side is Side.SUPPLY:
            return Principal(subject, Role.ORGANIZATION, organization_id=pairing.organization_id)
        return Principal(subject, Role.VILLAGE_EDITOR, division=pairing.demand_division)


def find_question(pairing: Pairing, side: Side) -> Question | None:
    """Return what a pairing asks of a side now, as far as a link may answer it."""
    own = pairing.demand_answer if side is Side.DEMAND else pairing.supply_answer
    if pairing.status is not PairingStatus.OPEN:
        return None
    if own is None:
        return Question.ANSWER
    in_talks = pairing.phase is PairingPhase.IN_TALKS and own is Answer.INTERESTED
    return Question.AGREE if in_talks and side is Side.SUPPLY else None


def code_of(link_id: UUID, code: str) -> str:
    """Return what is hashed of a code: it is right for its own link alone."""
    return f"answer code {link_id} {code}"
