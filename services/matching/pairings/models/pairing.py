"""A pairing: its two answers, the phase that follows from them, and what became of it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.matching.db import Base
from services.matching.pairings.errors import AnswerOverdue, PairingStateForbids, TalksNotBegun
from services.matching.pairings.models.history import PairingEvent
from services.matching.pairings.models.states import (
    AGREED,
    ENDED,
    SHOWING_CONTACTS,
    TRANSITIONS,
    UNFINISHED,
    UNFINISHED_SQL,
    Closure,
    Side,
)
from services.matching.scoring.policy import Deadlines
from shared.china.workdays import add_working_days, end_of_day
from shared.contracts.codes import Answer, DeclineReason, FallThroughReason, PairingOrigin, PairingPhase, PairingStatus
from shared.db import Identified, Stamped, Versioned


class Pairing(Base, Identified, Versioned, Stamped):
    """A pairing (对接); titles and names are those of the day on which it was proposed."""

    __tablename__ = "pairings"
    __table_args__ = (
        Index(
            "uq_pairings_unfinished",
            "demand_id",
            "supply_id",
            unique=True,
            postgresql_where=text(f"status in ({UNFINISHED_SQL})"),
        ),
        Index("ix_pairings_demand_division", "demand_division", postgresql_ops={"demand_division": "text_pattern_ops"}),
        Index("ix_pairings_record_division", "record_division", postgresql_ops={"record_division": "text_pattern_ops"}),
        Index("ix_pairings_completed", "organization_id", postgresql_where=text("status = 'completed'")),
        Index("ix_pairings_overdue", "last_answer_on", postgresql_where=text("status = 'open'")),
    )

    status: Mapped[PairingStatus] = mapped_column(index=True)
    origin: Mapped[PairingOrigin]
    demand_id: Mapped[UUID] = mapped_column(index=True)
    demand_title: Mapped[str]
    demand_division: Mapped[str]
    demand_fields: Mapped[list[str] | None]
    supply_id: Mapped[UUID] = mapped_column(index=True)
    supply_title: Mapped[str]
    organization_id: Mapped[UUID] = mapped_column(index=True)
    organization_name: Mapped[str]
    record_division: Mapped[str]
    is_government_purchase: Mapped[bool]
    demand_answer: Mapped[Answer | None]
    supply_answer: Mapped[Answer | None]
    opened_at: Mapped[datetime | None]
    last_answer_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[Side | None]
    reason: Mapped[str | None]
    hold_reasons: Mapped[list[Any]]
    score: Mapped[float]
    policy_version: Mapped[str]
    model_hash: Mapped[str]
    explanation: Mapped[dict[str, Any]]
    # On what it was judged, as records of the judged-case format; only their export reads it.
    judged_on: Mapped[dict[str, Any] | None] = mapped_column(deferred=True, deferred_raiseload=True)
    previous_pairing_id: Mapped[UUID | None] = mapped_column(ForeignKey("pairings.id"), unique=True)
    run_id: Mapped[UUID | None] = mapped_column(index=True)
    history: Mapped[list[PairingEvent]] = relationship(lazy="raise", order_by=PairingEvent.id)

    @property
    def phase(self) -> PairingPhase:
        """Return where the two sides stand: it follows from the state and the answers."""
        if self.status in ENDED:
            return PairingPhase.ENDED
        if self.status in AGREED:
            return PairingPhase.AGREED
        if self.demand_answer and self.supply_answer:
            return PairingPhase.IN_TALKS
        if self.demand_answer:
            return PairingPhase.AWAITING_SUPPLY
        return PairingPhase.AWAITING_DEMAND if self.supply_answer else PairingPhase.PROPOSED

    @property
    def shows_contacts(self) -> bool:
        """Tell whether the two sides see each other's contacts: from talks on, unless it ended without a result."""
        return bool(self.demand_answer and self.supply_answer) and self.status in SHOWING_CONTACTS

    @property
    def answer_by(self) -> datetime | None:
        """Return the instant at which the time to answer or to talk ends, while it runs."""
        return end_of_day(self.last_answer_on) if self.last_answer_on and self.status is PairingStatus.OPEN else None

    def move_to(self, wanted: PairingStatus) -> None:
        """
        Change the state along the table of transitions.

        :raises PairingStateForbids: if the table has no such step
        """
        if wanted not in TRANSITIONS[self.status]:
            raise PairingStateForbids(status=self.status.value, wanted=wanted.value)
        self.status = wanted

    def begin(self, *, today: date, deadlines: Deadlines, at: datetime) -> None:
        """Show a pairing to both sides, and let the time to answer, or to talk, run from now."""
        self.status, self.opened_at = PairingStatus.OPEN, self.opened_at or at
        in_talks = self.phase is PairingPhase.IN_TALKS
        days = deadlines.talk_working_days if in_talks else deadlines.answer_working_days
        self.last_answer_on = add_working_days(today, days)

    def judge_holds(self, reasons: list[dict[str, Any]]) -> bool:
        """
        Take the holds that the gates see now, and tell whether they stop it: a new one does, a released one does not.

        The answers stay; while it is on hold no time runs, and what it was held for stays until an officer releases it.

        :raises PairingStateForbids: if it is neither open nor on hold
        """
        if self.status is PairingStatus.ON_HOLD:
            self.hold_reasons = reasons or self.hold_reasons
            return False
        released = [(one["code"], one["facts"]) for one in self.hold_reasons]
        self.hold_reasons = reasons
        if all((one["code"], one["facts"]) in released for one in reasons):
            return False
        self.move_to(PairingStatus.ON_HOLD)
        self.last_answer_on = None
        return True

    def release(self, *, today: date, deadlines: Deadlines, at: datetime) -> None:
        """
        Lift the hold: now both sides are told.

        :raises PairingStateForbids: if it is not on hold
        """
        self.move_to(PairingStatus.OPEN)
        self.begin(today=today, deadlines=deadlines, at=at)

    def show_interest(self, side: Side, *, today: date, deadlines: Deadlines, at: datetime) -> bool:
        """
        Record a side's interest (意向) and tell whether it is new; in a purchase both interests end the pairing.

        :raises PairingStateForbids: if the pairing is not open
        :raises AnswerOverdue: if the time to answer is over
        """
        if self._answer_of(side) is not None and self.status in (*UNFINISHED, PairingStatus.REFERRED):
            return False
        self._check_answerable(PairingStatus.OPEN, today)
        self._set_answer(side, Answer.INTERESTED)
        if self.phase is not PairingPhase.IN_TALKS:
            return True
        if self.is_government_purchase:
            self._end(PairingStatus.REFERRED, at=at)
        else:
            self.last_answer_on = add_working_days(today, deadlines.talk_working_days)
        return True

    def agree(self, side: Side, *, today: date) -> bool:
        """
        Record a side's agreement (同意) and tell whether it is new; the second one makes the pairing ``confirming``.

        :raises PairingStateForbids: if the pairing is not open
        :raises AnswerOverdue: if the time to talk is over
        :raises TalksNotBegun: if not both sides have shown interest
        """
        if self.status in AGREED and self._answer_of(side) is Answer.AGREED:
            return False
        self._check_answerable(PairingStatus.CONFIRMING, today)
        if self.phase is not PairingPhase.IN_TALKS:
            raise TalksNotBegun
        if self._answer_of(side) is Answer.AGREED:
            return False
        self._set_answer(side, Answer.AGREED)
        if self.demand_answer is self.supply_answer is Answer.AGREED:
            self.move_to(PairingStatus.CONFIRMING)
        return True

    def decline(self, side: Side, *, reason: DeclineReason, at: datetime) -> bool:
        """
        End the pairing because a side does not want it, and tell whether that is new.

        :raises PairingStateForbids: if the pairing is not open
        """
        if (self.status, self.ended_by, self.reason) == (PairingStatus.DECLINED, side, reason.value):
            return False
        self._end(PairingStatus.DECLINED, at=at, reason=reason.value)
        self.ended_by = side
        self._set_answer(side, Answer.DECLINED)
        return True

    def expire(self, *, at: datetime) -> None:
        """
        End the pairing because nobody answered in time.

        :raises PairingStateForbids: if the pairing is not open
        """
        self._end(PairingStatus.EXPIRED, at=at)

    def withdraw(self, *, reason: str, at: datetime, from_hold: bool = False) -> None:
        """
        Take the proposal back; ``from_hold``: an officer refuses to lift its hold.

        :raises PairingStateForbids: if projects was asked already, it is ended, or not on hold as it must be
        """
        if self.status is PairingStatus.CONFIRMING or (from_hold and self.status is not PairingStatus.ON_HOLD):
            raise PairingStateForbids(status=self.status.value, wanted=PairingStatus.WITHDRAWN.value)
        self._end(PairingStatus.WITHDRAWN, at=at, reason=reason)

    def confirm(self) -> None:
        """
        Record that projects holds a place and a unit for this pairing.

        :raises PairingStateForbids: if it is not being confirmed
        """
        self.move_to(PairingStatus.CONFIRMED)

    def start(self) -> bool:
        """
        Record that the work began, and tell whether that is new.

        :raises PairingStateForbids: if it is not confirmed
        """
        if self.status is PairingStatus.STARTED:
            return False
        self.move_to(PairingStatus.STARTED)
        return True

    def complete(self, *, at: datetime) -> bool:
        """
        Record that the work is done, and tell whether that is new.

        :raises PairingStateForbids: if it is not started
        """
        if self.status is PairingStatus.COMPLETED:
            return False
        self._end(PairingStatus.COMPLETED, at=at)
        return True

    def fall_through(self, side: Side, *, reason: FallThroughReason, at: datetime) -> bool:
        """
        Record that what was agreed comes to nothing, and tell whether that is new.

        :raises PairingStateForbids: if it is neither confirmed nor started
        """
        if (self.status, self.ended_by, self.reason) == (PairingStatus.FELL_THROUGH, side, reason.value):
            return False
        self._end(PairingStatus.FELL_THROUGH, at=at, reason=reason.value)
        self.ended_by = side
        return True

    def lose_race(self, *, reason: str, at: datetime) -> None:
        """
        Record that another pairing was faster.

        :raises PairingStateForbids: if it is not being confirmed
        """
        self._end(PairingStatus.LOST_RACE, at=at, reason=reason)

    def find_closed(self, *, at: datetime) -> None:
        """
        Record that projects no longer has the demand or the supply open.

        :raises PairingStateForbids: if it is not being confirmed
        """
        if self.status is not PairingStatus.CONFIRMING:
            raise PairingStateForbids(status=self.status.value, wanted=PairingStatus.WITHDRAWN.value)
        self._end(PairingStatus.WITHDRAWN, at=at, reason=Closure.NOT_OPEN.value)

    def _end(self, status: PairingStatus, *, at: datetime, reason: str | None = None) -> None:
        self.move_to(status)
        self.ended_at, self.reason = at, reason

    def _check_answerable(self, wanted: PairingStatus, today: date) -> None:
        if self.status is not PairingStatus.OPEN:
            raise PairingStateForbids(status=self.status.value, wanted=wanted.value)
        if self.last_answer_on is not None and today > self.last_answer_on:
            raise AnswerOverdue

    def _answer_of(self, side: Side) -> Answer | None:
        return self.demand_answer if side is Side.DEMAND else self.supply_answer

    def _set_answer(self, side: Side, answer: Answer) -> None:
        if side is Side.DEMAND:
            self.demand_answer = answer
        else:
            self.supply_answer = answer
