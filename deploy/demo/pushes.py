"""The subscriptions of the story: an office of each side hears of every pairing and verifies every signature."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.actors import NATION, PROVINCE, Actor, Cast
from deploy.demo.keeping import Kept
from deploy.demo.libraries import POLL_SECONDS, Progress
from deploy.demo.subscriber import Subscriber

EVERYTHING = ["matching.pairing.*"]
MOST_POLLS = 240


@dataclass(frozen=True)
class Listener:
    """A subscription and the office that owns it."""

    name: str
    actor: Actor
    subscription_id: str


async def subscribe(cast: Cast, subscriber: Subscriber, *, url: str, file: Path, tell: Progress) -> list[Listener]:
    """Register a subscription for each office, or take up those of an earlier start, and give their secrets over."""
    known = Kept(file)
    rural = await cast.play("rural-a", "rural_officer", "农业农村部门 经办", division=NATION)
    civil = await cast.play("civil-affairs-a", "civil_affairs_officer", "省民政厅 经办", division=PROVINCE)
    listeners = []
    for number, (name, actor) in enumerate({"demand-side": rural, "supply-side": civil}.items(), start=1):
        if name not in known.values:
            body = {"endpoint": f"{url}/{name}", "event_types": EVERYTHING, "description": f"demo {name}"}
            made = await actor.post("/matching/v1/subscriptions", body, key=f"demo-subscription-{name}")
            known.put(name, {"id": made["id"], "secret": made["secret"]})
        subscriber.trust(name, known.values[name]["secret"])
        listeners.append(Listener(name, actor, known.values[name]["id"]))
        tell("订阅推送", number, 2)
    return listeners


async def await_deliveries(listeners: list[Listener], tell: Progress) -> set[str]:
    """Wait until nothing is left to be delivered now, and return what was answered 2xx, named as subscribers do."""
    delivered: set[str] = set()
    for _ in range(MOST_POLLS):
        deliveries = [
            (f"{listener.name} {delivery['event_id']}", delivery["status"])
            for listener in listeners
            for delivery in await listener.actor.list(
                "/matching/v1/deliveries", subscription_id=listener.subscription_id
            )
        ]
        delivered = {name for name, status in deliveries if status == "delivered"}
        waiting = sum(status == "pending" for _, status in deliveries)
        tell("推送", len(delivered), len(delivered) + waiting)
        if not waiting:
            return delivered
        await asyncio.sleep(POLL_SECONDS)
    return delivered
