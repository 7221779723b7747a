"""A delivery is sent again when somebody asks for it, unless its pairing was withdrawn."""

import asyncio

from sqlalchemy import update

from services.matching.deliveries.models import Delivery, DeliveryStatus
from shared import clock
from tests.matching.deliveries.conftest import Push, Subscriber, eventually
from tests.matching.deliveries.endings import has_fault, kept_failing
from tests.matching.deliveries.receivers import accept, always


async def test_what_is_dead_can_be_sent_again_under_the_same_id(push: Push) -> None:
    subscriber = await kept_failing(push, always(500))
    [dead] = await subscriber.deliveries()
    subscriber.receiver.behave = accept
    answer = await subscriber.caller.post(f"/matching/v1/deliveries/{dead['id']}/redeliver")
    assert (answer.status_code, answer.json()["status"], answer.json()["attempts"]) == (202, "pending", 0)
    async with push.working():
        await eventually(lambda: subscriber.receiver.accepted)
    assert subscriber.receiver.accepted[0].webhook_id == dead["event_id"]
    assert await subscriber.statuses() == ["delivered"]


async def test_a_waiting_delivery_can_be_tried_at_once(push: Push) -> None:
    push.set(push_retry_seconds=[0, 600])
    subscriber = await push.subscriber(always(500))
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: subscriber.receiver.received)
        subscriber.receiver.behave = accept
        await asyncio.sleep(0.1)
        [waiting] = await subscriber.deliveries()
        answer = await subscriber.caller.post(f"/matching/v1/deliveries/{waiting['id']}/redeliver")
        assert answer.json()["attempts"] == 1
        await eventually(lambda: subscriber.receiver.accepted)


async def test_what_tells_of_a_withdrawn_pairing_is_not_sent_again(push: Push) -> None:
    subscriber = await push.subscriber()
    pairing_id = await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: subscriber.receiver.accepted)
        await push.publish(subscriber, "withdrawn", pairing_id=pairing_id)
        await eventually(lambda: len(subscriber.receiver.accepted) == 2)
    proposed, withdrawn = await subscriber.deliveries()
    refused = await subscriber.caller.post(f"/matching/v1/deliveries/{proposed['id']}/redeliver")
    assert (refused.status_code, refused.json()["type"]) == (409, "/matching/problems/pairing-withdrawn")
    again = await subscriber.caller.post(f"/matching/v1/deliveries/{withdrawn['id']}/redeliver")
    assert again.status_code == 202


async def test_what_was_queued_while_the_withdrawal_committed_is_not_sent(push: Push) -> None:
    subscriber = await push.subscriber()
    pairing_id = await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: subscriber.receiver.accepted)
    await push.publish(subscriber, "answered", "withdrawn", pairing_id=pairing_id)
    assert await subscriber.statuses() == ["delivered", "superseded", "pending"]
    # Two transactions side by side leave it so: neither saw what the other was about to commit.
    async with push.database.transaction() as session:
        queued = await session.execute(
            update(Delivery)
            .where(Delivery.pairing_id == pairing_id, Delivery.status == DeliveryStatus.SUPERSEDED)
            .values(status=DeliveryStatus.PENDING, next_attempt_at=clock.now())
            .returning(Delivery.id)
        )
        assert len(queued.all()) == 1
    async with push.working():
        await eventually(lambda: len(subscriber.receiver.accepted) == 2)
    assert await subscriber.statuses() == ["delivered", "superseded", "delivered"]


async def test_a_ping_and_a_redelivery_wait_for_no_resting_endpoint_and_other_events_do(push: Push) -> None:
    push.set(push_breaker_failures=1, push_breaker_seconds=600.0, push_retry_seconds=[0, 600, 600])
    subscriber = await push.subscriber(always(500))
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: has_fault(subscriber))
        assert (await subscriber.reread())["breaker"] == "open"
        later = await push.publish(subscriber, "proposed")
        for path in (
            f"subscriptions/{subscriber.subscription['id']}/ping",
            f"deliveries/{await first(subscriber)}/redeliver",
        ):
            assert (await subscriber.caller.post(f"/matching/v1/{path}")).status_code == 202
        await eventually(lambda: len(subscriber.receiver.received) == 3)
        await asyncio.sleep(0.2)
        told = [got.event["type"] for got in subscriber.receiver.received]
        assert told.count("platform.ping.v1") == 1
        # The endpoint still fails, so the others still wait, and nothing is tried a second time by itself.
        assert str(later) not in {got.event["subject"] for got in subscriber.receiver.received}
        subscriber.receiver.behave = accept
        assert (
            await subscriber.caller.post(f"/matching/v1/subscriptions/{subscriber.subscription['id']}/ping")
        ).status_code == 202
        # It answers: now everything goes that is due.
        await eventually(lambda: len(subscriber.receiver.accepted) == 2)
    assert [got.event["type"].split(".")[1] for got in subscriber.receiver.accepted] == ["ping", "pairing"]


async def first(subscriber: Subscriber) -> str:
    return str((await subscriber.deliveries())[0]["id"])
