"""Samples of events for sandboxes (沙箱): with data as it really comes, of things that are not."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.matching.deliveries.models.events import PushEvent
from services.matching.subscriptions.models import Subscription
from shared.contracts.codes import Answer, DeclineReason, PairingOrigin, PairingPhase, PairingStatus
from shared.contracts.matching import (
    PAIRING_EVENTS,
    PLATFORM_PING,
    RUN_COMPLETED,
    SUBSCRIPTION_DISABLED,
    DisabledReason,
    PairingPayload,
    PingPayload,
    RunPayload,
    SubscriptionPayload,
    pairing_event,
)

NOT_REAL = UUID("00000000-0000-7000-8000-000000000000")
"""The id of everything that a sample tells of."""
TIME_TO_ANSWER = timedelta(days=7)
_HAPPENED = {pairing_event(happened): happened for happened in PAIRING_EVENTS}
_WITHOUT_ANSWERS: dict[str, Any] = {}
_SUPPLY_INTERESTED = {"side": "supply", "answer": Answer.INTERESTED, "supply_answer": Answer.INTERESTED}
_BOTH_INTERESTED = {"demand_answer": Answer.INTERESTED, "supply_answer": Answer.INTERESTED}
_BOTH_AGREED = {"demand_answer": Answer.AGREED, "supply_answer": Answer.AGREED}
_DECLINED = {
    "side": "supply",
    "answer": Answer.DECLINED,
    "supply_answer": Answer.DECLINED,
    "reason": DeclineReason.NO_CAPACITY,
}
_AFTER = {
    "proposed": (PairingStatus.OPEN, PairingPhase.PROPOSED, _WITHOUT_ANSWERS),
    "answered": (PairingStatus.OPEN, PairingPhase.AWAITING_DEMAND, _SUPPLY_INTERESTED),
    "in_talks": (PairingStatus.OPEN, PairingPhase.IN_TALKS, _BOTH_INTERESTED),
    "confirmed": (PairingStatus.CONFIRMED, PairingPhase.AGREED, _BOTH_AGREED),
    "lost_race": (PairingStatus.LOST_RACE, PairingPhase.ENDED, _BOTH_AGREED),
    "declined": (PairingStatus.DECLINED, PairingPhase.ENDED, _DECLINED),
    "expired": (PairingStatus.EXPIRED, PairingPhase.ENDED, _WITHOUT_ANSWERS),
    "withdrawn": (PairingStatus.WITHDRAWN, PairingPhase.ENDED, {"reason": "示例:情况已变化"}),
    "on_hold": (PairingStatus.ON_HOLD, PairingPhase.PROPOSED, _WITHOUT_ANSWERS),
    "referred": (PairingStatus.REFERRED, PairingPhase.ENDED, _BOTH_INTERESTED),
    "started": (PairingStatus.STARTED, PairingPhase.AGREED, {**_BOTH_AGREED, "side": "supply"}),
    "completed": (PairingStatus.COMPLETED, PairingPhase.ENDED, {**_BOTH_AGREED, "side": "supply"}),
    "fell_through": (PairingStatus.FELL_THROUGH, PairingPhase.ENDED, {**_BOTH_AGREED, "side": "demand"}),
}


def make_sample(event_type: str, subscription: Subscription, *, at: datetime) -> PushEvent:
    """Return a sample of an event of a type, marked as one."""
    if event_type == PLATFORM_PING:
        return PushEvent.sample(
            event_type, PingPayload(subscription_id=subscription.id), subject=subscription.id, at=at
        )
    if event_type == SUBSCRIPTION_DISABLED:
        payload = _disabled(at)
    else:
        payload = _run(at) if event_type == RUN_COMPLETED else _pairing(_HAPPENED[event_type], at)
    return PushEvent.sample(event_type, payload, subject=NOT_REAL, at=at)


def _disabled(at: datetime) -> BaseModel:
    return SubscriptionPayload(
        subscription_id=NOT_REAL,
        reason=DisabledReason.FAILING,
        failing_since=at - timedelta(days=5),
        disabled_at=at,
        given_up=12,
    )


def _run(at: datetime) -> BaseModel:
    return RunPayload(
        run_id=NOT_REAL,
        as_of=at.date(),
        policy_version="sample",
        demands=90,
        supplies=137,
        pairs=12_330,
        excluded_pairs=11_200,
        held_pairs=3,
        proposed=61,
        on_hold=3,
    )


def _pairing(happened: str, at: datetime) -> BaseModel:
    status, phase, more = _AFTER[happened]
    return PairingPayload(
        pairing_id=NOT_REAL,
        status=status,
        phase=phase,
        origin=PairingOrigin.RECOMMENDED,
        demand_id=NOT_REAL,
        demand_title="示例需求:苦荞深加工",
        demand_division="513431100201",
        supply_id=NOT_REAL,
        supply_title="示例供给:乡村产业陪伴计划",
        organization_id=NOT_REAL,
        organization_name="示例基金会",
        score=0.87,
        explanation_zh="示例:领域相符,地域覆盖。",
        explanation_en="A sample: the fields agree, and the place is covered.",
        answer_by=at + TIME_TO_ANSWER if status is PairingStatus.OPEN else None,
        **more,
    )
