"""An endpoint is sent no event before it has answered the challenge of a signed ping."""

import asyncio
import json

import pytest

from tests.matching.deliveries.conftest import Push, Subscriber, eventually
from tests.matching.deliveries.receivers import Answer, Behave, Received, accept, always

pytestmark = pytest.mark.real_commits


async def answer_in_json(received: Received) -> Answer:
    challenge = received.event["data"].get("challenge")
    return (200, {}, json.dumps({"challenge": challenge, "of": "us"}).encode()) if challenge else (204, {}, b"")


async def answer_in_words(received: Received) -> Answer:
    return 200, {"content-type": "text/plain"}, received.event["data"].get("challenge", "").encode() + b"\n"


async def echo(received: Received) -> Answer:
    return 200, {}, received.body


async def guess(received: Received) -> Answer:
    return 200, {}, json.dumps({"challenge": received.webhook_id}).encode()


async def ping(subscriber: Subscriber) -> None:
    path = f"/matching/v1/subscriptions/{subscriber.subscription['id']}/ping"
    assert (await subscriber.caller.post(path)).status_code == 202


async def ping_ends(subscriber: Subscriber) -> bool:
    return all(one["status"] != "pending" for one in await subscriber.deliveries() if "ping" in one["event_type"])


@pytest.mark.parametrize("behave", [answer_in_json, answer_in_words])
async def test_events_wait_for_the_consent_and_then_all_arrive_in_order(push: Push, behave: Behave) -> None:
    push.set(push_consent=True)
    subscriber = await push.subscriber(behave)
    assert subscriber.subscription["consented_at"] is None
    await push.publish(subscriber, "proposed", "answered")
    async with push.working():
        await asyncio.sleep(0.2)
        assert subscriber.receiver.received == []
        await ping(subscriber)
        await eventually(lambda: len(subscriber.receiver.accepted) == 3)
    told = [got.verify(subscriber.secret)["type"].rsplit(".", 2)[1] for got in subscriber.receiver.received]
    assert told == ["ping", "proposed", "answered"]
    assert (await subscriber.reread())["consented_at"]
    # A later ping asks for nothing more.
    subscriber.receiver.behave = accept
    async with push.working():
        await ping(subscriber)
        await eventually(lambda: len(subscriber.receiver.accepted) == 4)
    assert "challenge" not in subscriber.receiver.accepted[-1].event["data"]


@pytest.mark.parametrize("behave", [accept, echo, guess, always(200, {}, b"null"), always(500)])
async def test_whoever_does_not_repeat_the_challenge_is_asked_once_and_sent_nothing(push: Push, behave: Behave) -> None:
    push.set(push_consent=True)
    subscriber = await push.subscriber(behave)
    await push.publish(subscriber, "proposed")
    async with push.working():
        await ping(subscriber)
        await eventually(lambda: ping_ends(subscriber))
        await asyncio.sleep(0.15)
    assert [got.event["type"] for got in subscriber.receiver.received] == ["platform.ping.v1"]
    event, asked = await subscriber.deliveries()
    assert (event["status"], event["attempts"]) == ("pending", 0)
    assert (asked["status"], asked["last_fault"]) == (
        "dead",
        "refused" if asked["last_status_code"] == 500 else "unproven",
    )
    assert (await subscriber.reread())["consented_at"] is None
