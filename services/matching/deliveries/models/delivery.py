"""A delivery of an event to a subscription that hears it, and how its attempts come out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.matching.db import Base
from services.matching.deliveries.errors import PairingWithdrawn
from services.matching.deliveries.models.attempts import AttemptFault, Outcome
from services.matching.deliveries.models.events import PushEvent
from shared import clock
from shared.db import Identified

LONGEST_LOG = 20
"""Attempts that the log of a delivery keeps, the latest."""


class DeliveryStatus(StrEnum):
    """What has become of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    SUPERSEDED = "superseded"


class Delivery(Base, Identified):
    """
    One event for one subscription: ``pending → delivered | dead | superseded``, and back by redelivery.

    ``seq`` and ``pairing_id`` are the event's, repeated for the order of sending. ``attempts`` counts what was begun.
    ``at_once`` is what somebody asked for: it waits for no resting endpoint, and for no other pairing. ``attempt_log``
    tells of the latest attempts; it lies in the row, so that an attempt is recorded by the one change of it.
    """

    __tablename__ = "deliveries"
    not_audited = "attempts to push; what is pushed is recorded where it happened"
    __table_args__ = (
        Index("ix_deliveries_due", "subscription_id", "seq", postgresql_where=text("status = 'pending'")),
        Index("ix_deliveries_pairing_id", "pairing_id", "subscription_id"),
        Index("ix_deliveries_subscription_id", "subscription_id", "id"),
        Index("ix_deliveries_logged", "last_attempt_at", postgresql_where=text("attempt_log <> '[]'")),
    )
    ENDED: ClassVar[frozenset[DeliveryStatus]] = frozenset(DeliveryStatus) - {DeliveryStatus.PENDING}

    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"))
    event_id: Mapped[UUID] = mapped_column(ForeignKey("push_events.id"), index=True)
    seq: Mapped[int]
    event_type: Mapped[str]
    pairing_id: Mapped[UUID | None]
    status: Mapped[DeliveryStatus] = mapped_column(default=DeliveryStatus.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    at_once: Mapped[bool] = mapped_column(default=False, server_default=false())
    next_attempt_at: Mapped[datetime | None]
    last_attempt_at: Mapped[datetime | None]
    last_status_code: Mapped[int | None]
    last_fault: Mapped[AttemptFault | None]
    response_excerpt: Mapped[str | None]
    attempt_log: Mapped[list[Any]] = mapped_column(
        default=list, server_default=text("'[]'"), deferred=True, deferred_raiseload=True
    )
    duration_ms: Mapped[int | None]
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    event: Mapped[PushEvent] = relationship(lazy="raise", viewonly=True)

    @classmethod
    def of(cls, event: PushEvent, subscription_id: UUID, *, at: datetime, at_once: bool = False) -> "Delivery":
        """Return the delivery of an event, due now; ``at_once`` also at a resting endpoint."""
        return cls(
            subscription_id=subscription_id,
            event_id=event.id,
            seq=event.seq,
            event_type=event.type,
            pairing_id=event.pairing_id,
            at_once=at_once,
            next_attempt_at=at,
        )

    def begin_attempt(self, *, at: datetime) -> None:
        """Count an attempt before anything is sent, so that an interrupted one is known."""
        self.attempts += 1
        self.last_attempt_at = at
        self.at_once = False

    def note(self, outcome: Outcome, *, at: datetime, retry_delays: Sequence[timedelta]) -> None:
        """
        Record an attempt: delivered, to be repeated, or dead when the last delay is used up.

        What was superseded while it was being sent is not repeated.
        """
        self.last_status_code = outcome.status_code
        self.last_fault = outcome.fault
        self.response_excerpt = outcome.response_excerpt
        self.duration_ms = outcome.duration_ms
        self.attempt_log = [*self.attempt_log, self._describe(outcome, at=at)][-LONGEST_LOG:]
        if outcome.fault is None:
            self.delivered_at = self.delivered_at or at
            self._end(DeliveryStatus.DELIVERED)
        elif self.status is DeliveryStatus.SUPERSEDED:
            return
        elif outcome.fault is AttemptFault.GONE or self.attempts >= len(retry_delays):
            self._end(DeliveryStatus.DEAD)
        else:
            wait = max(retry_delays[self.attempts], outcome.retry_after or timedelta())
            self.next_attempt_at = at + wait

    def supersede(self) -> None:
        """Leave it unsent: the pairing was withdrawn before the attempt."""
        self._end(DeliveryStatus.SUPERSEDED)

    def give_up(self) -> None:
        """Leave it unsent for good: its grant does not let the application read what it tells of."""
        self._end(DeliveryStatus.DEAD)

    def redeliver(self, *, withdrawn: bool, at: datetime) -> None:
        """
        Send it again from the first delay on, with the same bytes and webhook-id.

        :raises PairingWithdrawn: if its pairing was withdrawn since
        """
        if withdrawn:
            raise PairingWithdrawn
        if self.status in self.ENDED:
            self.status = DeliveryStatus.PENDING
            self.attempts = 0
        self.at_once = True
        self.next_attempt_at = at

    def _describe(self, outcome: Outcome, *, at: datetime) -> dict[str, Any]:
        return {
            "at": (self.last_attempt_at or at).isoformat(),
            "duration_ms": outcome.duration_ms,
            "status_code": outcome.status_code,
            "fault": outcome.fault,
            "request_headers": dict(outcome.request_headers or {}),
            "response_excerpt": outcome.response_excerpt,
        }

    def _end(self, status: DeliveryStatus) -> None:
        self.status = status
        self.next_attempt_at = None
