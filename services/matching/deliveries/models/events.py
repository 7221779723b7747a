"""Events for subscribers, CloudEvents whose bytes are fixed when they happen."""

import json
import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import BigInteger, Identity, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.db import Base
from services.matching.subscriptions.models import Subscription
from shared.contracts.matching import (
    PLATFORM_PING,
    RUN_COMPLETED,
    SUBSCRIPTION_DISABLED,
    PairingPayload,
    PingPayload,
    RunPayload,
    SubscriptionPayload,
    pairing_event,
)
from shared.db import Identified, new_id

SOURCE = "/matching"
CHALLENGE_BYTES = 24
WITHDRAWN = pairing_event("withdrawn")
ENDINGS = frozenset(map(pairing_event, ("withdrawn", "declined", "expired", "lost_race")))
"""After these, nothing earlier of a pairing is worth a retry."""


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
    def of_pairing(
        cls, happened: str, pairing_id: UUID, payload: PairingPayload, *, at: datetime, event_id: UUID | None = None
    ) -> "PushEvent":
        """Return the event of something that happened to a pairing, under a given id or a new one."""
        data = payload.model_dump(mode="json", exclude_none=True)
        event = cls._of(pairing_event(happened), subject=str(pairing_id), data=data, at=at, event_id=event_id)
        event.pairing_id = pairing_id
        return event

    @classmethod
    def of_run(cls, payload: RunPayload, *, at: datetime) -> "PushEvent":
        """Return the event of a finished batch run."""
        return cls._of(RUN_COMPLETED, subject=str(payload.run_id), data=payload.model_dump(mode="json"), at=at)

    @classmethod
    def ping(cls, subscription: Subscription, *, at: datetime) -> "PushEvent":
        """Return the event with which an owner tries a subscription; it asks for a consent that is not given yet."""
        challenge = None if subscription.consented_at else secrets.token_urlsafe(CHALLENGE_BYTES)
        ping = PingPayload(subscription_id=subscription.id, challenge=challenge)
        data = ping.model_dump(mode="json", exclude_none=True)
        return cls._of(PLATFORM_PING, subject=str(subscription.id), data=data, at=at)

    @classmethod
    def of_disabled(cls, payload: SubscriptionPayload, *, at: datetime) -> "PushEvent":
        """Return the event of a subscription that was disabled, for the other endpoints of its owner."""
        data = payload.model_dump(mode="json", exclude_none=True)
        return cls._of(SUBSCRIPTION_DISABLED, subject=str(payload.subscription_id), data=data, at=at)

    @classmethod
    def sample(cls, event_type: str, payload: BaseModel, *, subject: UUID, at: datetime) -> "PushEvent":
        """Return an event of something that never happened, marked as such, and of no pairing."""
        data = payload.model_dump(mode="json", exclude_none=True)
        return cls._of(event_type, subject=str(subject), data=data, at=at, sandbox=True)

    @property
    def challenge(self) -> str | None:
        """Return what the answer must repeat, if anything: that of a ping which asks for consent."""
        challenge: str | None = json.loads(self.body)["data"].get("challenge")
        return challenge

    @classmethod
    def _of(
        cls,
        event_type: str,
        *,
        subject: str,
        data: dict[str, Any],
        at: datetime,
        event_id: UUID | None = None,
        **extensions: bool,
    ) -> "PushEvent":
        event_id = event_id or new_id()
        envelope = {
            "specversion": "1.0",
            "id": str(event_id),
            "source": SOURCE,
            "type": event_type,
            "subject": subject,
            "time": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            **extensions,
            "data": data,
        }
        body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(id=event_id, type=event_type, body=body, occurred_at=at)
