"""How a sending or a delivery ends, by itself or through the platform."""

from collections.abc import Sequence
from ipaddress import IPv4Network

from services.matching.deliveries.consumers.sending import WebhookSender
from services.matching.deliveries.models import Attempt, Outcome
from services.matching.subscriptions.actions import SECRET_PURPOSE
from services.matching.subscriptions.models import Destinations, Network
from shared.db import new_id
from shared.sealing import Sealer
from tests.matching.deliveries.conftest import Push, Subscriber, eventually
from tests.matching.deliveries.receivers import Behave

SECRET = bytes(range(32))
LOOPBACK = [IPv4Network("127.0.0.0/8")]


async def send(
    sealer: Sealer,
    endpoint: str,
    *,
    allowed: Sequence[Network] = LOOPBACK,
    destinations: Destinations | None = None,
    timeout_seconds: float = 2.0,
) -> Outcome:
    destinations = destinations or Destinations(allowed)
    sender = WebhookSender(sealer=sealer, destinations=destinations, timeout_seconds=timeout_seconds)
    sealed = sealer.seal(SECRET, purpose=SECRET_PURPOSE)
    try:
        return await sender.send(Attempt(new_id(), new_id(), '{"a":"乡桥"}'.encode(), endpoint, (sealed,)))
    finally:
        await sender.close()


async def kept_failing(push: Push, behave: Behave) -> Subscriber:
    push.set(push_retry_seconds=[0, 0.01, 0.01])
    subscriber = await push.subscriber(behave)
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: is_over(subscriber))
    return subscriber


async def is_over(subscriber: Subscriber) -> bool:
    return "pending" not in await subscriber.statuses()


async def has_fault(subscriber: Subscriber) -> bool:
    return any(delivery["last_fault"] for delivery in await subscriber.deliveries())
