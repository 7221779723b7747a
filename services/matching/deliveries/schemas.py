"""Deliveries as the owners of subscriptions see them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from services.matching.deliveries.models import AttemptFault, DeliveryStatus
from shared.schemas import Reading


class DeliveryFilter(BaseModel):
    """Which deliveries are wanted."""

    subscription_id: UUID | None = None
    status: DeliveryStatus | None = None
    pairing_id: UUID | None = None


def delivery_filter(
    subscription_id: Annotated[UUID | None, Query(description="Of this subscription")] = None,
    status: Annotated[DeliveryStatus | None, Query(description="In this state")] = None,
    pairing_id: Annotated[UUID | None, Query(description="Of this pairing (对接)")] = None,
) -> DeliveryFilter:
    """Read the filters of the list; use it as a dependency."""
    return DeliveryFilter(subscription_id=subscription_id, status=status, pairing_id=pairing_id)


class DeliveryRead(Reading):
    """A delivery and its latest attempt."""

    id: UUID
    subscription_id: UUID
    event_id: UUID = Field(description="The `webhook-id` and the CloudEvent's `id`, the same at every attempt")
    event_type: str
    pairing_id: UUID | None = None
    status: DeliveryStatus = Field(description="`superseded`: unsent, the pairing was withdrawn before")
    attempts: int
    next_attempt_at: datetime | None = Field(default=None, description="Only while pending")
    last_attempt_at: datetime | None = None
    last_status_code: int | None = None
    last_fault: AttemptFault | None = Field(
        default=None, description="`unreachable`: no connection, or an address to which nothing may be sent"
    )
    response_excerpt: str | None = Field(default=None, description="At most 4 KiB of the answer, secrets cut")
    duration_ms: int | None = None
    delivered_at: datetime | None = None
    created_at: datetime
