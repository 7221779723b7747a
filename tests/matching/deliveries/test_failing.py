"""What does not arrive: refusals, redirects, dead ends, and how long an endpoint rests."""

import asyncio
from datetime import datetime, timedelta

from services.matching.subscriptions.models import Subscription
from shared import clock
from tests.matching.deliveries.conftest import Push, eventually
from tests.matching.deliveries.endings import is_over, kept_failing
from tests.matching.deliveries.receivers import Receiver, accept, always


async def test_410_disables_the_subscription_at_once_and_ends_all_that_waits(push: Push) -> None:
    subscriber = await push.subscriber(always(410))
    await push.publish(subscriber, "proposed", "answered")
    async with push.working():
        await eventually(lambda: is_over(subscriber))
        await push.publish(subscriber, "proposed")
    assert await subscriber.statuses() == ["dead", "dead"]
    assert len(subscriber.receiver.received) == 1
    [first, _] = await subscriber.deliveries()
    assert (first["last_status_code"], first["last_fault"], first["attempts"]) == (410, "gone", 1)
    read = await subscriber.reread()
    assert read["status"] == "disabled"
    assert read["disabled_at"]
    [stopped] = (await subscriber.caller.get("/matching/v1/inbox")).json()["stopped_endpoints"]
    assert (stopped["subscription_id"], stopped["disabled_reason"]) == (read["id"], "gone")
    assert stopped["operation"].endswith(f"{read['id']}/enable")
    for path in (f"subscriptions/{read['id']}/ping", f"deliveries/{first['id']}/redeliver"):
        refused = await subscriber.caller.post(f"/matching/v1/{path}")
        assert (refused.status_code, refused.json()["type"]) == (409, "/matching/problems/subscription-disabled")


async def test_a_redirect_is_a_failure_and_is_not_followed(push: Push, receiver: Receiver) -> None:
    subscriber = await kept_failing(push, always(302, {"location": receiver.url}))
    [delivery] = await subscriber.deliveries()
    assert (delivery["status"], delivery["last_fault"], delivery["last_status_code"]) == ("dead", "redirected", 302)
    assert receiver.received == []


async def test_a_delivery_is_dead_after_the_last_attempt(push: Push) -> None:
    subscriber = await kept_failing(push, always(500))
    assert len(subscriber.receiver.received) == 3
    assert len({got.webhook_id for got in subscriber.receiver.received}) == 1
    [delivery] = await subscriber.deliveries(status="dead")
    assert (delivery["attempts"], delivery["last_fault"], delivery["next_attempt_at"]) == (3, "refused", None)


async def test_an_endpoint_rests_after_many_failures_and_works_again_when_it_answers(push: Push) -> None:
    push.set(push_breaker_failures=2, push_breaker_seconds=0.4)
    subscriber = await push.subscriber(always(500))
    await push.publish(subscriber, "proposed")
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: len(subscriber.receiver.received) == 2)
        await asyncio.sleep(0.2)
        resting = await subscriber.reread()
        assert (resting["breaker"], resting["consecutive_failures"]) == ("open", 2)
        assert resting["next_attempt_at"]
        assert len(subscriber.receiver.received) == 2
        subscriber.receiver.behave = accept
        await eventually(lambda: len(subscriber.receiver.accepted) == 2)
        await asyncio.sleep(0.1)
    working = await subscriber.reread()
    assert (working["breaker"], working["consecutive_failures"], working["next_attempt_at"]) == ("closed", 0, None)


async def test_retry_after_is_honoured(push: Push) -> None:
    subscriber = await push.subscriber(always(429, {"retry-after": "120"}))
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: subscriber.receiver.received)
        await asyncio.sleep(0.3)
    [delivery] = await subscriber.deliveries()
    wait = datetime.fromisoformat(delivery["next_attempt_at"]) - clock.now()
    assert timedelta(seconds=100) < wait <= timedelta(seconds=120)
    assert (await subscriber.reread())["next_attempt_at"]
    assert len(subscriber.receiver.received) == 1


def test_a_rest_grows_up_to_its_bound() -> None:
    subscription = Subscription(consecutive_failures=0)
    at = clock.now()
    waits = []
    for _ in range(40):
        subscription.next_attempt_at = None
        subscription.note_failure(
            at=at, failures_to_open=2, first_pause=timedelta(seconds=1), longest_pause=timedelta(seconds=10)
        )
        waits.append((subscription.next_attempt_at or at) - at)
    assert [int(wait.total_seconds()) for wait in waits[:7]] == [0, 1, 2, 4, 8, 10, 10]
    assert waits[-1] == timedelta(seconds=10)
