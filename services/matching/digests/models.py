"""Who receives digests and when, and which digests were sent."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.db import Base
from services.matching.inbox.models import Owned
from shared.clock import LEGAL_ZONE
from shared.db import Identified, Stamped, Versioned, new_id

MOST_REFUSALS = 3
"""After so many refused messages in a row nothing more is sent to an address."""


class Frequency(StrEnum):
    """How often a digest is sent (频率)."""

    NONE = "none"
    DAILY = "daily"
    WEEKLY = "weekly"


class DigestStatus(StrEnum):
    """What became of the digest of a receiver and a period; only ``pending`` is not the end."""

    PENDING = "pending"
    SENT = "sent"
    SKIPPED = "skipped"
    LAPSED = "lapsed"
    REFUSED = "refused"


class DigestRecipient(Owned, Base, Identified, Versioned, Stamped):
    """
    A receiver of digests (摘要接收人) and what it chose.

    ``quiet_from`` and ``quiet_until`` are hours in Asia/Shanghai between which nothing is sent, over midnight where the
    first is later. ``confirmation`` is new whenever the receiver is asked to agree: older links lead nowhere.
    """

    __tablename__ = "digest_recipients"
    __table_args__ = (
        CheckConstraint("quiet_from BETWEEN 0 AND 23 AND quiet_until BETWEEN 0 AND 23", name="hours_of_a_day"),
    )
    unaudited_fields = frozenset({"refusals"})

    email_sealed: Mapped[str | None]
    email_masked: Mapped[str | None]
    frequency: Mapped[Frequency] = mapped_column(index=True)
    quiet_from: Mapped[int]
    quiet_until: Mapped[int]
    confirmation: Mapped[UUID]
    confirmed_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]
    refusals: Mapped[int] = mapped_column(default=0)
    deleted_at: Mapped[datetime | None]

    def ask_again(self) -> None:
        """Let the receiver be asked whether it wants digests; until it agrees none is sent."""
        self.confirmation, self.confirmed_at, self.unsubscribed_at, self.refusals = new_id(), None, None, 0

    def confirm(self, *, at: datetime) -> None:
        """Record that the receiver wants digests."""
        self.confirmed_at = self.confirmed_at or at

    def unsubscribe(self, *, at: datetime) -> None:
        """Send nothing any more; only the receiver itself can want it again."""
        self.frequency, self.unsubscribed_at, self.confirmed_at = Frequency.NONE, at, None

    def forget(self, *, at: datetime) -> None:
        """Forget the address at once; the row stays a day, so that adding and deleting by turns asks no more people."""
        self.email_sealed = self.email_masked = self.confirmed_at = None
        self.frequency, self.deleted_at = Frequency.NONE, at

    def change(self, *, frequency: Frequency | None, quiet_from: int | None, quiet_until: int | None) -> bool:
        """Take what was chosen, and tell whether the receiver must be asked first."""
        self.quiet_from = self.quiet_from if quiet_from is None else quiet_from
        self.quiet_until = self.quiet_until if quiet_until is None else quiet_until
        self.frequency = frequency or self.frequency
        stopped = self.unsubscribed_at is not None or self.refusals >= MOST_REFUSALS
        if stopped and self.frequency is not Frequency.NONE:
            self.ask_again()
            return True
        return False

    def note_outcome(self, *, refused: bool) -> None:
        """Count refusals in a row; after some the digests end."""
        self.refusals = self.refusals + 1 if refused else 0
        if self.refusals >= MOST_REFUSALS:
            self.frequency, self.confirmed_at = Frequency.NONE, None

    def wants(self, period: str, *, today: date) -> bool:
        """Tell whether the digest of a period is still wanted on a legal day."""
        wanted = self.confirmed_at is not None and self.frequency is not Frequency.NONE
        return wanted and period == period_of(self.frequency, today)

    def is_quiet(self, at: datetime) -> bool:
        """Tell whether nothing is to be sent at an instant."""
        hour = at.astimezone(LEGAL_ZONE).hour
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until


class Digest(Base, Identified):
    """
    The digest of one receiver and one period: ``2026-11-23``, or ``2026-W48``; there is never a second.

    ``sending_until`` is set while a worker hands it over. ``counted_at`` and ``counted_on`` tell what it told of.
    """

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("recipient_id", "period"),)
    not_audited = "what the platform sent by itself; the receiver and its choice are audited"

    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("digest_recipients.id", ondelete="CASCADE"))
    period: Mapped[str]
    status: Mapped[DigestStatus] = mapped_column(default=DigestStatus.PENDING)
    questions: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    sending_until: Mapped[datetime | None]
    counted_at: Mapped[datetime | None]
    counted_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def key(self) -> str:
        """What names its message, however often it is handed over."""
        return f"digest.{self.id}"

    def is_being_sent(self, *, at: datetime) -> bool:
        """Tell whether a worker may be handing it over at this moment."""
        return self.sending_until is not None and at < self.sending_until

    def begin(self, *, questions: int, today: date, at: datetime, lease: timedelta) -> None:
        """Give it to a worker that will hand it over."""
        self.questions, self.counted_on, self.counted_at = questions, today, at
        self.attempts += 1
        self.sending_until = at + lease

    def put_off(self) -> None:
        """Take it back from a worker that could not hand it over."""
        self.sending_until = None

    def end(self, status: DigestStatus, *, at: datetime) -> None:
        """Record what became of it."""
        self.status, self.ended_at, self.sending_until = status, at, None


def period_of(frequency: Frequency, day: date) -> str:
    """Return the period that a legal day lies in: the day itself, or its week (ISO 8601)."""
    if frequency is Frequency.WEEKLY:
        week = day.isocalendar()
        return f"{week.year}-W{week.week:02}"
    return day.isoformat()


def address_purpose(recipient_id: UUID) -> str:
    """Return for what an address is sealed: a value that is moved to another row does not open."""
    return f"digest address {recipient_id}"
