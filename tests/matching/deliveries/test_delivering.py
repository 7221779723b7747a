"""Webhooks arrive: signed, in order, again after a failure, and never after a withdrawal."""

import asyncio
from collections import defaultdict
from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.matching.deliveries.models import Delivery, PushEvent
from shared import clock
from shared.db import new_id
from tests.matching.deliveries.conftest import Push, eventually, publish
from tests.matching.deliveries.endings import has_fault
from tests.matching.deliveries.receivers import Answer, Received, accept, always

pytestmark = pytest.mark.real_commits


async def test_a_pairing_event_arrives_as_a_signed_cloud_event(push: Push) -> None:
    subscriber = await push.subscriber()
    pairing_id = await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: subscriber.receiver.accepted)
    [got] = subscriber.receiver.received
    event = got.verify(subscriber.secret)
    assert got.headers["content-type"].startswith("application/cloudevents+json")
    assert (event["specversion"], event["type"]) == ("1.0", "matching.pairing.proposed.v1")
    assert event["subject"] == event["data"]["pairing_id"] == str(pairing_id)
    assert event["data"]["demand_title"] == "苦荞深加工"
    assert "苦荞深加工".encode() in got.body
    assert event["id"] == got.webhook_id
    assert event["time"].endswith("Z")
    assert abs(int(got.headers["webhook-timestamp"]) - clock.now().timestamp()) < 30
    [delivery] = await subscriber.deliveries(status="delivered", pairing_id=str(pairing_id))
    assert (delivery["attempts"], delivery["last_status_code"], delivery["last_fault"]) == (1, 204, None)
    assert delivery["event_id"] == got.webhook_id
    assert delivery["delivered_at"]
    assert delivery["duration_ms"] >= 0


async def test_the_bytes_of_an_event_are_the_same_for_all_and_fixed_when_it_happens(push: Push) -> None:
    first, second = await push.subscriber(), await push.subscriber()
    pairing_id = new_id()
    async with push.database.transaction() as session:
        assert await publish(session, "proposed", pairing_id=pairing_id, organization_id=first.organization_id) == 1
    async with push.database.transaction() as session:
        [event] = (await session.execute(select(PushEvent))).scalars()
    async with push.working():
        await eventually(lambda: first.receiver.accepted)
    assert first.receiver.received[0].body == event.body
    assert second.receiver.received == []


async def test_each_pairing_keeps_its_order_at_a_flaky_receiver(push: Push) -> None:
    calls = 0

    async def flaky(_received: Received) -> Answer:
        nonlocal calls
        calls += 1
        return (500, {}, b"later") if calls % 3 else (200, {}, b"")

    subscriber = await push.subscriber(flaky)
    told = ["proposed", "answered", "in_talks", "confirmed"]
    pairings = [await push.publish(subscriber, *told) for _ in range(5)]
    async with push.working(), push.working():
        await eventually(lambda: len(subscriber.receiver.accepted) == 20, 20)
    attempted: dict[str, list[str]] = defaultdict(list)
    accepted: dict[str, list[str]] = defaultdict(list)
    for got in subscriber.receiver.received:
        attempted[got.event["subject"]].append(got.event["type"].split(".")[2])
    for got in subscriber.receiver.accepted:
        accepted[got.event["subject"]].append(got.event["type"].split(".")[2])
    for pairing_id in pairings:
        assert accepted[str(pairing_id)] == told
        # Not even an attempt overtakes an earlier event that is not delivered yet.
        assert attempted[str(pairing_id)] == sorted(attempted[str(pairing_id)], key=told.index)
    assert subscriber.receiver.most_at_once == 1
    assert len(subscriber.receiver.received) > 40


async def test_a_failing_delivery_holds_up_its_own_pairing_alone(push: Push) -> None:
    refused = new_id()

    async def refuse_one(received: Received) -> Answer:
        return (500 if received.event["subject"] == str(refused) else 204), {}, b""

    subscriber = await push.subscriber(refuse_one)
    push.set(push_retry_seconds=[0, 60])
    await push.publish(subscriber, "proposed", "answered", pairing_id=refused)
    await push.publish(subscriber, "proposed", "answered")
    async with push.working():
        await eventually(lambda: len(subscriber.receiver.accepted) == 2)
        await asyncio.sleep(0.2)
    assert len(subscriber.receiver.received) == 3
    assert await subscriber.statuses() == ["pending", "pending", "delivered", "delivered"]


async def test_a_rolled_back_change_leaves_no_delivery(push: Push) -> None:
    subscriber = await push.subscriber()

    async def fail() -> None:
        async with push.database.transaction() as session:
            await publish(session, "proposed", pairing_id=new_id(), organization_id=subscriber.organization_id)
            raise RuntimeError("the business transaction fails")

    with pytest.raises(RuntimeError, match="fails"):
        await fail()
    async with push.working():
        await asyncio.sleep(0.2)
    assert subscriber.receiver.received == []
    async with push.database.transaction() as session:
        counts = [
            (await session.execute(select(func.count()).select_from(t))).scalar_one() for t in (Delivery, PushEvent)
        ]
    assert counts == [0, 0]


@pytest.mark.parametrize("ending", ["withdrawn", "declined"])
async def test_where_nothing_was_tried_yet_neither_the_proposal_nor_its_end_is_sent(push: Push, ending: str) -> None:
    subscriber = await push.subscriber()
    only_endings = await push.subscriber(event_types=[f"matching.pairing.{ending}.v1"])
    await push.publish(subscriber, "proposed", ending)
    await push.publish(only_endings, "proposed", ending)
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: subscriber.receiver.accepted and only_endings.receiver.accepted)
        await asyncio.sleep(0.1)
    assert await subscriber.statuses() == ["superseded", "delivered"]
    assert len(subscriber.receiver.received) == 1
    # Whoever asked for endings alone never waits for anything else.
    assert await only_endings.statuses() == ["delivered"]


@pytest.mark.parametrize("ending", ["withdrawn", "declined", "expired", "lost_race"])
async def test_an_ending_does_not_wait_behind_a_retry(push: Push, ending: str) -> None:
    only_proposals = ["matching.pairing.proposed.v1"] if ending == "withdrawn" else None
    subscriber = await push.subscriber(always(503), event_types=only_proposals)
    push.set(push_retry_seconds=[0, 600, 600])
    pairing_id = await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: has_fault(subscriber))
        subscriber.receiver.behave = accept
        await push.publish(subscriber, ending, pairing_id=pairing_id)
        await eventually(lambda: subscriber.receiver.accepted)
    assert [got.event["type"] for got in subscriber.receiver.received] == [
        "matching.pairing.proposed.v1",
        f"matching.pairing.{ending}.v1",
    ]
    assert await subscriber.statuses() == ["superseded", "delivered"]


@pytest.mark.parametrize(("status", "kept"), [(204, "delivered"), (503, "superseded")])
async def test_what_is_withdrawn_while_it_is_sent_is_not_repeated_and_the_withdrawal_follows(
    push: Push, status: int, kept: str
) -> None:
    withdrawn = asyncio.Event()

    async def wait(received: Received) -> Answer:
        if received.event["type"].endswith("proposed.v1"):
            await withdrawn.wait()
            return status, {}, b""
        return 204, {}, b""

    subscriber = await push.subscriber(wait)
    pairing_id = await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: subscriber.receiver.received)
        await push.publish(subscriber, "withdrawn", pairing_id=pairing_id)
        withdrawn.set()
        await eventually(lambda: len(subscriber.receiver.received) == 2)
        await asyncio.sleep(0.2)
    assert len(subscriber.receiver.received) == 2
    assert await subscriber.statuses() == [kept, "delivered"]


async def test_a_deleted_subscription_is_sent_nothing_more_and_publishing_goes_on(push: Push) -> None:
    async def slow(_received: Received) -> Answer:
        await asyncio.sleep(0.2)
        return 200, {}, b""

    subscriber = await push.subscriber(slow)
    pairing_id = await push.publish(subscriber, "proposed", "answered")
    async with push.working():
        await eventually(lambda: subscriber.receiver.received)
        deleted = await subscriber.caller.delete(f"/matching/v1/subscriptions/{subscriber.subscription['id']}")
        assert deleted.status_code == 204
        await push.publish(subscriber, "withdrawn", pairing_id=pairing_id)
        await asyncio.sleep(0.4)
    assert len(subscriber.receiver.received) == 1
    assert await push.all_deliveries() == []


async def test_only_known_things_happen_to_a_pairing(push: Push) -> None:
    async with push.database.transaction() as session:
        with pytest.raises(ValueError, match="painted"):
            await publish(session, "painted", pairing_id=new_id(), organization_id=UUID(int=1))
