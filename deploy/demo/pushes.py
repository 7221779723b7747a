"""The subscriptions of the story: an office of each side hears of every pairing and verifies every signature."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.demo.actors import PROVINCE, Actor, Cast, Refused
from deploy.demo.keeping import Kept
from deploy.demo.libraries import POLL_SECONDS, Progress
from deploy.demo.offices import play_nation
from deploy.demo.sample import Sample
from deploy.demo.sides import PAIRINGS
from deploy.demo.subscriber import Subscriber

EVERYTHING = ["matching.pairing.*"]
PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class Listener:
    """A subscription and the office that owns it."""

    name: str
    actor: Actor
    subscription_id: str


async def subscribe(cast: Cast, subscriber: Subscriber, *, url: str, file: Path, tell: Progress) -> list[Listener]:
    """Register a subscription for each office, or take up those of an earlier start, and give their secrets over."""
    known = Kept(file)
    rural = await play_nation(cast)
    civil = await cast.play("civil-affairs-a", "civil_affairs_officer", "省民政厅 经办", division=PROVINCE)
    listeners = []
    for number, (name, actor) in enumerate({"demand-side": rural, "supply-side": civil}.items(), start=1):
        if name not in known.values:
            body = {"endpoint": f"{url}/{name}", "event_types": EVERYTHING, "description": f"demo {name}"}
            made = await actor.post("/matching/v1/subscriptions", body, key=f"demo-subscription-{name}")
            known.put(name, {"id": made["id"], "secret": made["secret"]})
        subscriber.trust(name, known.values[name]["secret"])
        # The endpoint consents by its answer to a ping, which it can verify from here on.
        await actor.post(f"/matching/v1/subscriptions/{known.values[name]['id']}/ping")
        listeners.append(Listener(name, actor, known.values[name]["id"]))
        tell("订阅 subscriptions", number, 2)
    return listeners


async def await_deliveries(listeners: list[Listener], sample: Sample, tell: Progress) -> tuple[set[str], int]:
    """
    Have what failed before sent again, wait while deliveries go on arriving, and return those and how many still wait.

    The deliveries are those of the sample's pairings that were answered 2xx, named as subscribers do.
    """
    for listener, delivery in await _list_deliveries(listeners, sample):
        if delivery["status"] == "pending" and delivery["attempts"]:
            await _send_again(listener, delivery)
    delivered: set[str] = set()
    waiting = patience = int(PATIENCE_SECONDS / POLL_SECONDS)
    while patience:
        deliveries = await _list_deliveries(listeners, sample)
        before = len(delivered)
        delivered = {f"{one.name} {it['event_id']}" for one, it in deliveries if it["status"] == "delivered"}
        waiting = sum(delivery["status"] == "pending" for _, delivery in deliveries)
        tell("推送 pushes", len(delivered), len(delivered) + waiting)
        if not waiting:
            break
        patience = patience - 1 if len(delivered) == before else int(PATIENCE_SECONDS / POLL_SECONDS)
        await asyncio.sleep(POLL_SECONDS)
    return delivered, waiting


async def _list_deliveries(listeners: list[Listener], sample: Sample) -> list[tuple[Listener, dict[str, Any]]]:
    found = []
    for listener in listeners:
        own = {one["id"] for one in await listener.actor.list(PAIRINGS) if sample.holds(one)}
        deliveries = await listener.actor.list("/matching/v1/deliveries", subscription_id=listener.subscription_id)
        found += [(listener, one) for one in deliveries if one.get("pairing_id") in own]
    return found


async def _send_again(listener: Listener, delivery: dict[str, Any]) -> None:
    try:
        await listener.actor.post(f"/matching/v1/deliveries/{delivery['id']}/redeliver")
    except Refused as refused:
        # A withdrawn pairing is not told of any more.
        if refused.status != 409:
            raise
