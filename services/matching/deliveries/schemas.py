"""Deliveries as the owners of subscriptions see them."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.matching.deliveries.models import AttemptFault, Delivery, DeliveryStatus
from services.matching.subscriptions.schemas import EventPattern
from shared.schemas import Command, Reading

MOST_SHOWN = 4096
Instant = Annotated[AwareDatetime, Field(ge=datetime(2020, 1, 1, tzinfo=UTC), lt=datetime(3000, 1, 1, tzinfo=UTC))]
EndedStatus = Literal[DeliveryStatus.DEAD, DeliveryStatus.DELIVERED, DeliveryStatus.SUPERSEDED]


class DeliveryFilter(BaseModel):
    """Which deliveries are wanted."""

    subscription_id: UUID | None = Field(default=None, description="Of this subscription (订阅)")
    status: DeliveryStatus | None = Field(default=None, description="In this state")
    pairing_id: UUID | None = Field(default=None, description="Of this pairing (对接)")


class SamplesRequest(Command):
    """Of which types samples (示例) are wanted."""

    event_types: list[EventPattern] | None = Field(
        default=None, min_length=1, max_length=20, description="Event types, or prefixes that end in `.*`; absent = all"
    )


class DeliveryRead(Reading):
    """A delivery and its latest attempt."""

    id: UUID
    subscription_id: UUID
    event_id: UUID = Field(description="The `webhook-id` and the CloudEvent's `id`, the same at every attempt")
    event_type: str
    pairing_id: UUID | None = None
    status: DeliveryStatus = Field(description="`superseded`: not sent (again), the pairing ended before")
    attempts: int
    next_attempt_at: datetime | None = Field(default=None, description="Only while pending")
    last_attempt_at: datetime | None = None
    last_status_code: int | None = None
    last_fault: AttemptFault | None = Field(
        default=None,
        description="`unreachable`: no connection, or an address to which nothing may be sent; `unproven`: the answer"
        " to a ping did not repeat its challenge",
    )
    response_excerpt: str | None = Field(default=None, description="At most 4 KiB of the answer, secrets cut")
    duration_ms: int | None = None
    delivered_at: datetime | None = None
    created_at: datetime


class AttemptRead(BaseModel):
    """An attempt as it was logged (推送日志)."""

    at: datetime
    duration_ms: int
    status_code: int | None = None
    fault: AttemptFault | None = None
    request_headers: dict[str, str] = Field(description="As they were sent, with the signatures cut")
    response_excerpt: str | None = Field(default=None, description="At most 4 KiB of the answer, secrets cut")


class DeliveryDetail(DeliveryRead):
    """A delivery with what is sent and the log of its latest attempts."""

    request_url: str
    request_body: str = Field(description="At most 4 KiB of it; the same at every attempt")
    log: list[AttemptRead] = Field(description="The latest 20 attempts, oldest first, as long as the log is kept")


class RangeToRedeliver(Command):
    """Which deliveries are to be sent again (批量重推), by when they were made."""

    since: Instant
    until: Instant | None = Field(default=None, description="Before this instant; absent = until now")
    statuses: list[EndedStatus] = Field(default=[DeliveryStatus.DEAD], min_length=1, max_length=3)


class RangeRedelivered(BaseModel):
    """How many deliveries are sent again."""

    redelivered: int
    last_created_at: datetime | None = Field(default=None, description="When the last one was made that is sent again")
    more: bool = Field(description="There may be more: ask again with `last_created_at` as `since`")


class DeliveryMetrics(BaseModel):
    """How an endpoint does: deliveries that were made since an instant, and all that wait."""

    since: datetime
    delivered: int
    dead: int
    superseded: int
    attempts: int
    duration_ms_p50: float | None = Field(default=None, description="Of the last attempts, until the answer")
    duration_ms_p95: float | None = None
    delay_seconds_p50: float | None = Field(default=None, description="From the event until it was delivered")
    delay_seconds_p95: float | None = None
    pending: int
    waiting_since: datetime | None = Field(default=None, description="Since when the oldest waits")


def show_delivery(delivery: Delivery, *, endpoint: str, body: bytes) -> DeliveryDetail:
    """Return a delivery with its request and its log."""
    return DeliveryDetail(
        **DeliveryRead.model_validate(delivery).model_dump(),
        request_url=endpoint,
        request_body=body[:MOST_SHOWN].decode(errors="ignore"),
        log=[AttemptRead.model_validate(entry) for entry in delivery.attempt_log],
    )


class SamplesSent(Reading):
    """The deliveries of samples, in the order in which they are sent."""

    items: list[DeliveryRead]
