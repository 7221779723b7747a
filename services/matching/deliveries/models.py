"""Events as they are sent, a delivery of each to every subscription that hears it, and how attempts come out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.matching.db import Base
from services.matching.deliveries.errors import PairingWithdrawn
from services.matching.subscriptions.models import Subscription
from shared import clock
from shared.contracts.matching import (
    PLATFORM_PING,
    RUN_COMPLETED,
    PairingPayload,
    PingPayload,
    RunPayload,
    pairing_event,
)
from shared.db import Identified, new_id

SOURCE = "/matching"
WITHDRAWN = pairing_event("withdrawn")
ENDINGS = frozenset(map(pairing_event, ("withdrawn", "declined", "expired", "lost_race")))
"""After these, nothing earlier of a pairing is worth a retry."""
DIVISION_LEVELS = (0, 2, 4, 6, 9, 12)


class DeliveryStatus(StrEnum):
    """What has become of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    SUPERSEDED = "superseded"


class AttemptFault(StrEnum):
    """Why an attempt failed."""

    REFUSED = "refused"
    REDIRECTED = "redirected"
    GONE = "gone"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    UNSIGNED = "unsigned"


def scope_prefixes(division: str | None) -> list[str]:
    """Return the prefix of every office under whose division a 12-digit division lies."""
    return [division[:digits] for digits in DIVISION_LEVELS] if division else []


@dataclass(frozen=True)
class Audience:
    """
    Whom a pairing concerns: the demand's division, the organization, and the division that keeps its record.

    A hold is told to the sides only where they know of the pairing already.
    """

    demand_division: str
    organization_id: UUID
    record_division: str | None
    sides_know: bool = False


@dataclass(frozen=True)
class Lease:
    """A worker's hold on an endpoint."""

    subscription_id: UUID
    fencing_token: int
    grant_id: UUID | None = None


@dataclass(frozen=True)
class Attempt:
    """What is to be sent now; ``body`` is UTF-8 JSON, and every secret signs it."""

    delivery_id: UUID
    event_id: UUID
    body: bytes
    endpoint: str
    secrets_sealed: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt; without a fault it was answered 2xx. ``response_excerpt`` has at most 4 KiB."""

    duration_ms: int
    fault: AttemptFault | None = None
    status_code: int | None = None
    response_excerpt: str | None = None
    retry_after: timedelta | None = None


class PushEvent(Base, Identified):
    """
    An event for subscribers, a CloudEvent whose bytes are fixed when it happens.

    ``seq`` is the order of writing; events of one pairing are written under the lock of its row, hence in its order.
    """

    __tablename__ = "push_events"
    not_audited = "follows from a change that is recorded"
    __table_args__ = (Index("ix_push_events_pairing_id_seq", "pairing_id", "seq"),)

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    type: Mapped[str]
    pairing_id: Mapped[UUID | None]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    occurred_at: Mapped[datetime]

    @classmethod
    def of_pairing(cls, happened: str, pairing_id: UUID, payload: PairingPayload, *, at: datetime) -> "PushEvent":
        """Return the event of something that happened to a pairing."""
        data = payload.model_dump(mode="json", exclude_none=True)
        event = cls._of(pairing_event(happened), subject=str(pairing_id), data=data, at=at)
        event.pairing_id = pairing_id
        return event

    @classmethod
    def of_run(cls, payload: RunPayload, *, at: datetime) -> "PushEvent":
        """Return the event of a finished batch run."""
        return cls._of(RUN_COMPLETED, subject=str(payload.run_id), data=payload.model_dump(mode="json"), at=at)

    @classmethod
    def ping(cls, subscription: Subscription, *, at: datetime) -> "PushEvent":
        """Return the event with which an owner tries a subscription."""
        data = PingPayload(subscription_id=subscription.id).model_dump(mode="json")
        return cls._of(PLATFORM_PING, subject=str(subscription.id), data=data, at=at)

    @classmethod
    def _of(cls, event_type: str, *, subject: str, data: dict[str, Any], at: datetime) -> "PushEvent":
        event_id = new_id()
        envelope = {
            "specversion": "1.0",
            "id": str(event_id),
            "source": SOURCE,
            "type": event_type,
            "subject": subject,
            "time": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "data": data,
        }
        body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(id=event_id, type=event_type, body=body, occurred_at=at)


class Delivery(Base, Identified):
    """
    One event for one subscription: ``pending → delivered | dead | superseded``, and back by redelivery.

    ``seq`` and ``pairing_id`` are the event's, repeated for the order of sending. ``attempts`` counts what was begun.
    ``at_once`` is what somebody asked for: it waits for no resting endpoint, and for no other pairing.
    """

    __tablename__ = "deliveries"
    not_audited = "attempts to push; what is pushed is recorded where it happened"
    __table_args__ = (
        Index("ix_deliveries_due", "subscription_id", "seq", postgresql_where=text("status = 'pending'")),
        Index("ix_deliveries_pairing_id", "pairing_id", "subscription_id"),
        Index("ix_deliveries_subscription_id", "subscription_id", "id"),
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

    def _end(self, status: DeliveryStatus) -> None:
        self.status = status
        self.next_attempt_at = None
