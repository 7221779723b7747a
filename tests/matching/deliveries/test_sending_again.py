"""A delivery is sent again when somebody asks for it, unless its pairing was withdrawn."""

import asyncio

from tests.matching.deliveries.conftest import Push, eventually
from tests.matching.deliveries.endings import kept_failing
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
