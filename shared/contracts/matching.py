"""What matching pushes to subscribers as CloudEvents; changed by addition only, and without any contact."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.codes import Answer, DeclineReason, FieldCode, PairingOrigin, PairingPhase, PairingStatus

PAIRING_EVENTS = (
    "proposed", "answered", "in_talks", "confirmed", "lost_race", "declined", "expired", "withdrawn", "on_hold",
    "referred", "started", "completed", "fell_through",
)  # fmt: skip
"""What happens to pairings."""
PLATFORM_PING = "platform.ping.v1"
RUN_COMPLETED = "matching.run.completed.v1"
SUBSCRIPTION_DISABLED = "matching.subscription.disabled.v1"
OUTCOME_CHANGED = "matching.outcome.changed.v1"


def pairing_event(happened: str) -> str:
    """Return the event type of something that happened to a pairing, one of ``PAIRING_EVENTS``."""
    return f"matching.pairing.{happened}.v1"


READ_BY: Mapping[str, str | None] = {
    **{pairing_event(happened): "read_pairings" for happened in PAIRING_EVENTS},
    RUN_COMPLETED: "read_runs",
    SUBSCRIPTION_DISABLED: None,
    PLATFORM_PING: None,
}
"""For every event type the action by which a caller reads the same; ``None`` = it tells of nothing but itself."""


class DisabledReason(StrEnum):
    """Why a subscription is sent nothing more (订阅停用原因)."""

    GONE = "gone"
    FAILING = "failing"
    GRANT_ENDED = "grant_ended"


class PingPayload(BaseModel):
    """The data of a ping, with which an owner tries a subscription, and asks the endpoint for its consent."""

    subscription_id: UUID
    challenge: str | None = Field(
        default=None, description="Only until the endpoint has consented: to be repeated in the answer"
    )


class SubscriptionPayload(BaseModel):
    """The data of the event by which an owner learns, at its other endpoints, that one of them is sent nothing more."""

    subscription_id: UUID
    reason: DisabledReason
    failing_since: datetime | None = Field(default=None, description="The first of the failures without a success")
    disabled_at: datetime
    given_up: int = Field(description="Deliveries that still waited; they can be sent again once it is enabled")


class PairingPayload(BaseModel):
    """The data of every pairing event; both sides get the same."""

    pairing_id: UUID
    status: PairingStatus
    phase: PairingPhase
    origin: PairingOrigin
    demand_id: UUID
    demand_title: str
    demand_division: str
    supply_id: UUID
    supply_title: str
    organization_id: UUID
    organization_name: str
    side: Literal["demand", "supply"] | None = Field(
        default=None,
        description="Which side answered, or reported that it started, completed or fell through",
    )
    answer: Answer | None = Field(default=None, description="What that side answered")
    demand_answer: Answer | None = None
    supply_answer: Answer | None = None
    score: float | None = Field(
        default=None, description="0 to 1.25, two digits; absent for pairings that nobody scored"
    )
    explanation_zh: str | None = None
    explanation_en: str | None = None
    answer_by: datetime | None = Field(default=None, description="Deadline of the answer or of the talks")
    reason: DeclineReason | str | None = Field(default=None, description="Coded reason of an ending")
    previous_pairing_id: UUID | None = Field(default=None, description="The pairing whose ending led to this proposal")


class RunPayload(BaseModel):
    """The data of the event of a finished batch run (批量匹配), for the province."""

    run_id: UUID
    as_of: date = Field(description="The legal day on which everything was judged")
    policy_version: str
    demands: int = Field(description="Open demands")
    supplies: int = Field(description="Listed supplies")
    pairs: int
    excluded_pairs: int
    held_pairs: int
    proposed: int = Field(description="Pairings that were pushed to both sides")
    on_hold: int = Field(description="Pairings that wait for an officer's release")


class OutcomeSnapshot(BaseModel):
    """What the public feed tells of a pairing that came to something (对接成果): no free text, nobody's name."""

    pairing_id: UUID
    status: PairingStatus = Field(description="confirmed, started or completed; what falls through is deleted")
    demand_id: UUID
    demand_division: str = Field(description="The county of the demand, 12 digits")
    demand_fields: list[FieldCode]
    supply_id: UUID
    organization_id: UUID
