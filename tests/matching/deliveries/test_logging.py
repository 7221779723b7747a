"""Owners see what was sent and answered at every attempt, without a secret, and how their endpoint does."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from services.matching.deliveries.models import AttemptFault, Delivery, Outcome
from services.matching.settings import Settings
from services.matching.worker import forget
from shared import clock
from shared.contracts.codes import Role
from shared.db import new_id
from tests.matching.deliveries.conftest import Push, eventually
from tests.matching.deliveries.endings import is_over
from tests.matching.deliveries.receivers import Answer, Received, accept

pytestmark = pytest.mark.real_commits


async def test_the_log_holds_every_attempt_with_its_request_and_answer(push: Push) -> None:
    async def refuse_twice(received: Received) -> Answer:
        seen = len(subscriber.receiver.received)
        return (
            (500, {}, f"try {seen}: {received.headers['webhook-signature']}".encode()) if seen < 3 else (204, {}, b"")
        )

    subscriber = await push.subscriber(refuse_twice)
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: is_over(subscriber))
    [listed] = await subscriber.deliveries()
    assert "log" not in listed
    read = (await subscriber.caller.get(f"/matching/v1/deliveries/{listed['id']}")).json()
    assert listed.items() <= read.items()
    assert read["request_url"] == subscriber.receiver.url
    assert read["request_body"] == subscriber.receiver.received[0].body.decode()
    assert [(one["status_code"], one["fault"], one["response_excerpt"]) for one in read["log"]] == [
        (500, "refused", "try 1: […]"),
        (500, "refused", "try 2: […]"),
        (204, None, None),
    ]
    for one, got in zip(read["log"], subscriber.receiver.received, strict=True):
        sent = one["request_headers"]
        assert sent["webhook-signature"] == "v1,[…]"
        for name in ("webhook-id", "webhook-timestamp", "content-type"):
            assert sent[name] == got.headers[name]
    stranger = push.call(Role.ORGANIZATION, organization_id=new_id())
    assert (await stranger.get(f"/matching/v1/deliveries/{listed['id']}")).status_code == 404


def test_a_log_does_not_grow_without_end() -> None:
    delivery, at = Delivery(attempts=1, attempt_log=[]), clock.now()
    for number in range(30):
        delivery.note(
            Outcome(number, AttemptFault.REFUSED, 500), at=at, retry_delays=[timedelta(), timedelta(seconds=1)]
        )
    assert [entry["duration_ms"] for entry in delivery.attempt_log] == list(range(10, 30))


async def test_a_log_is_forgotten_before_its_delivery(push: Push) -> None:
    subscriber = await push.subscriber()
    await push.publish(subscriber, "proposed")
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: len(subscriber.receiver.accepted) == 2)
    old, young = await subscriber.deliveries()
    async with push.database.transaction() as session:
        long_ago = clock.now() - timedelta(days=31)
        await session.execute(update(Delivery).where(Delivery.id == old["id"]).values(last_attempt_at=long_ago))
    await forget(push.database, Settings(database_url="unused", client_secret="unused"))  # pragma: allowlist secret
    logs = [(await subscriber.caller.get(f"/matching/v1/deliveries/{one['id']}")).json()["log"] for one in (old, young)]
    assert [len(log) for log in logs] == [0, 1]
    assert await subscriber.statuses() == ["delivered", "delivered"]


async def test_the_metrics_tell_how_an_endpoint_does(push: Push) -> None:
    push.set(push_retry_seconds=[0, 0.01])

    async def refuse_some(received: Received) -> Answer:
        return (500 if received.event["subject"] == str(refused) else 204), {}, b""

    subscriber, refused = await push.subscriber(refuse_some), new_id()
    path = f"/matching/v1/subscriptions/{subscriber.subscription['id']}/metrics"
    empty = (await subscriber.caller.get(path)).json()
    assert (empty["attempts"], empty["pending"], empty["duration_ms_p50"]) == (0, 0, None)
    await push.publish(subscriber, "proposed", pairing_id=refused)
    for _ in range(3):
        await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: is_over(subscriber))
    subscriber.receiver.behave = accept
    await push.publish(subscriber, "answered")
    figures = (await subscriber.caller.get(path)).json()
    counts = {name: figures[name] for name in ("delivered", "dead", "superseded", "attempts", "pending")}
    assert counts == {"delivered": 3, "dead": 1, "superseded": 0, "attempts": 5, "pending": 1}
    assert 0 <= figures["duration_ms_p50"] <= figures["duration_ms_p95"] < 2000
    assert 0 < figures["delay_seconds_p50"] <= figures["delay_seconds_p95"] < 20
    assert figures["waiting_since"]
    stranger = push.call(Role.ORGANIZATION, organization_id=new_id())
    assert (await stranger.get(path)).status_code == 404
