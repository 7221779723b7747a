"""Workers share the endpoints: one sending at a time, under a lease that may be lost, and none holds up others."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from services.matching.deliveries import actions
from services.matching.deliveries.consumers import loop
from services.matching.deliveries.consumers.sending import WebhookSender
from services.matching.deliveries.errors import LeaseLost
from services.matching.deliveries.models import Attempt, Lease, Outcome
from services.matching.subscriptions.models import Destinations, Subscription
from shared import clock
from shared.db import new_id
from tests.matching.deliveries.conftest import Push, eventually
from tests.matching.deliveries.receivers import Answer, Received

pytestmark = pytest.mark.real_commits


async def test_two_workers_never_send_to_one_endpoint_at_once_and_nothing_twice(push: Push) -> None:
    async def slow(_received: Received) -> Answer:
        await asyncio.sleep(0.03)
        return 200, {}, b"ok"

    subscribers = [await push.subscriber(slow) for _ in range(3)]
    async with push.working(), push.working():
        for _ in range(8):
            for subscriber in subscribers:
                await push.publish(subscriber, "proposed", "answered")
        await eventually(lambda: all(len(each.receiver.accepted) >= 16 for each in subscribers), 20)
        await asyncio.sleep(0.1)
    for subscriber in subscribers:
        ids = [got.webhook_id for got in subscriber.receiver.received]
        assert len(ids) == len(set(ids)) == 16
        assert subscriber.receiver.most_at_once == 1


async def test_a_worker_that_lost_its_lease_cannot_record(push: Push) -> None:
    subscriber = await push.subscriber()
    await push.publish(subscriber, "proposed")
    delivered = Outcome(duration_ms=1, status_code=200)

    async def lease() -> Any:
        async with push.database.transaction() as session:
            return await actions.lease_endpoints(session, most=9, settings=push.settings)

    async def begin(held: Any) -> Attempt:
        async with push.database.transaction() as session:
            attempt = await actions.begin_attempt(session, lease=held, settings=push.settings, at=clock.now())
            assert attempt
            return attempt

    async def record(held: Any, attempt: Attempt) -> None:
        async with push.database.transaction() as session:
            await actions.record_outcome(
                session, lease=held, delivery_id=attempt.delivery_id, outcome=delivered, settings=push.settings,
                at=clock.now(),
            )  # fmt: skip

    [first] = await lease()
    attempt = await begin(first)
    assert await lease() == []
    async with push.database.transaction() as session:
        lost = update(Subscription).values(lease_until=clock.now() - timedelta(seconds=1))
        await session.execute(lost.execution_options(audit="a test"))
    [second] = await lease()
    assert second.fencing_token > first.fencing_token
    with pytest.raises(LeaseLost):
        await record(first, attempt)
    with pytest.raises(LeaseLost):
        await begin(first)
    assert await subscriber.statuses() == ["pending"]
    again = await begin(second)
    assert (again.event_id, again.body) == (attempt.event_id, attempt.body)
    await record(second, again)
    assert await subscriber.statuses() == ["delivered"]


class DyingSender(WebhookSender):
    """A sender whose worker dies right after the first sending, before anything is recorded."""

    dead = False

    async def send(self, attempt: Attempt) -> Outcome:
        outcome = await super().send(attempt)
        if not self.dead:
            self.dead = True
            raise RuntimeError("killed")
        return outcome


async def test_what_was_sent_but_not_recorded_is_sent_again_under_the_same_id(push: Push) -> None:
    push.set(push_timeout_seconds=0.3, push_lease_margin_seconds=0.3)
    subscriber = await push.subscriber()
    await push.publish(subscriber, "proposed", "answered")
    sender = DyingSender(sealer=push.sealer, destinations=Destinations.of(push.settings), timeout_seconds=0.3)
    async with push.working(sender):
        await eventually(lambda: len(subscriber.receiver.accepted) == 3)
    first, again, next_one = subscriber.receiver.received
    assert first.webhook_id == again.webhook_id != next_one.webhook_id
    assert first.body == again.body
    assert again.verify(subscriber.secret)
    assert [delivery["attempts"] for delivery in await subscriber.deliveries()] == [2, 1]
    assert await subscriber.statuses() == ["delivered", "delivered"]


async def test_a_dead_endpoint_does_not_hold_up_others(push: Push) -> None:
    push.set(push_timeout_seconds=30.0)
    given_up = asyncio.Event()

    async def hang(_received: Received) -> Answer:
        await given_up.wait()
        return 500, {}, b""

    dead = [await push.subscriber(hang) for _ in range(3)]
    alive = await push.subscriber()
    for subscriber in dead:
        await push.publish(subscriber, "proposed", "answered")
    async with push.working():
        await eventually(lambda: all(each.receiver.at_once for each in dead))
        await push.publish(alive, *["answered"] * 20)
        await eventually(lambda: len(alive.receiver.accepted) == 20)
        # They still hang, with the one request that they were sent.
        assert [(each.receiver.at_once, len(each.receiver.received)) for each in dead] == [(1, 1)] * 3
        given_up.set()


async def test_with_every_place_taken_the_others_get_their_turn(push: Push) -> None:
    push.set(push_concurrency=1)
    subscribers = [await push.subscriber() for _ in range(3)]
    for subscriber in subscribers:
        await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: all(each.receiver.accepted for each in subscribers))


async def test_stopping_finishes_and_records_what_is_being_sent(push: Push) -> None:
    async def slow(_received: Received) -> Answer:
        await asyncio.sleep(0.3)
        return 200, {}, b""

    subscriber = await push.subscriber(slow)
    await push.publish(subscriber, "proposed", "answered")
    async with push.working():
        await eventually(lambda: subscriber.receiver.received)
    assert await subscriber.statuses() == ["delivered", "pending"]
    async with push.database.transaction() as session:
        lease_until = (await session.execute(select(Subscription.lease_until))).scalar_one()
    assert lease_until <= clock.now()


async def test_an_endpoint_with_a_long_queue_is_left_to_others_now_and_then(
    push: Push, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "MOST_PER_LEASE", 2)
    subscriber = await push.subscriber()
    await push.publish(subscriber, *["answered"] * 5)
    async with push.working():
        await eventually(lambda: len(subscriber.receiver.accepted) == 5)
    async with push.database.transaction() as session:
        assert (await session.execute(select(Subscription.fencing_token))).scalar_one() >= 3


async def test_a_lease_that_is_lost_at_once_does_not_end_the_loop(push: Push) -> None:
    push.set(push_timeout_seconds=0.2, push_lease_margin_seconds=0.2)
    subscriber = await push.subscriber()
    await push.publish(subscriber, "proposed")
    async with push.working() as working:
        await working._serve_guarded(Lease(new_id(), 1), asyncio.Event())
        await eventually(lambda: subscriber.receiver.accepted)
