"""A sandbox is sent samples of every event, signed and marked, and never hears of what is real."""

from typing import Any

import pytest
from sqlalchemy import func, select

from services.matching.deliveries.models import PushEvent
from services.matching.pairings.models import Pairing
from services.matching.subscriptions.models import EVENT_TYPES
from shared.contracts.codes import Role
from shared.contracts.matching import (
    PLATFORM_PING,
    RUN_COMPLETED,
    SUBSCRIPTION_DISABLED,
    PairingPayload,
    PingPayload,
    RunPayload,
    SubscriptionPayload,
)
from shared.testing import Call
from tests.matching.deliveries.conftest import Push, Subscriber, eventually

pytestmark = pytest.mark.real_commits
SCHEMAS = {
    PLATFORM_PING: PingPayload,
    RUN_COMPLETED: RunPayload,
    SUBSCRIPTION_DISABLED: SubscriptionPayload,
}


async def ask_for_samples(subscriber: Subscriber, body: dict[str, Any]) -> list[str]:
    path = f"/matching/v1/subscriptions/{subscriber.subscription['id']}/samples"
    answer = await subscriber.caller.post(path, json=body)
    assert answer.status_code == 202, answer.text
    return [item["event_type"] for item in answer.json()["items"]]


async def test_a_sandbox_gets_a_sample_of_every_type_marked_as_such(push: Push) -> None:
    sandbox = await push.subscriber(sandbox=True, event_types=["platform.ping.v1"])
    assert await ask_for_samples(sandbox, {}) == list(EVENT_TYPES)
    async with push.working():
        await eventually(lambda: len(sandbox.receiver.accepted) == len(EVENT_TYPES))
    for got in sandbox.receiver.accepted:
        event = got.verify(sandbox.secret)
        assert event["sandbox"] is True
        data = SCHEMAS.get(event["type"], PairingPayload).model_validate(event["data"])
        assert event["data"] == data.model_dump(mode="json", exclude_none=True)
        if isinstance(data, PairingPayload):
            assert "示例" in data.demand_title
            assert event["subject"] == str(data.pairing_id)
    assert await ask_for_samples(sandbox, {"event_types": ["matching.run.*", RUN_COMPLETED]}) == [RUN_COMPLETED]


async def test_a_sandbox_touches_and_hears_of_nothing_real(push: Push) -> None:
    sandbox = await push.subscriber(sandbox=True)
    await push.publish(sandbox, "proposed", "withdrawn")
    assert await sandbox.deliveries() == []
    await ask_for_samples(sandbox, {"event_types": ["matching.pairing.*"]})
    async with push.working():
        await eventually(lambda: len(sandbox.receiver.accepted) == 13)
    async with push.database.transaction() as session:
        of_pairings = select(func.count()).select_from(PushEvent).where(PushEvent.pairing_id.is_not(None))
        assert (await session.execute(of_pairings)).scalar_one() == 2
        assert (await session.execute(select(func.count()).select_from(Pairing))).scalar_one() == 0


async def test_what_is_real_is_not_mixed_with_samples(push: Push) -> None:
    subscriber = await push.subscriber()
    path = f"/matching/v1/subscriptions/{subscriber.subscription['id']}/samples"
    refused = await subscriber.caller.post(path, json={})
    assert (refused.status_code, refused.json()["type"]) == (409, "/matching/problems/subscription-not-sandbox")


async def test_an_application_tries_pairings_in_a_sandbox_before_it_is_granted_any(call: Call) -> None:
    body = {"endpoint": "https://receiver.example/", "event_types": ["matching.pairing.*"], "sandbox": True}
    application = call(Role.PARTNER_APPLICATION)
    made = await application.post("/matching/v1/subscriptions", json=body)
    assert (made.status_code, made.json()["sandbox"]) == (201, True)
    path = f"/matching/v1/subscriptions/{made.json()['id']}/samples"
    assert len((await application.post(path, json={})).json()["items"]) == len(EVENT_TYPES)
