"""Deliveries as the owners of subscriptions see them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.matching.deliveries.models import AttemptFault, DeliveryStatus
from services.matching.subscriptions.schemas import EventPattern
from shared.schemas import Command, Reading


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


class SamplesSent(Reading):
    """The deliveries of samples, in the order in which they are sent."""

    items: list[DeliveryRead]
