"""The whole story, step by step; each step finds what an earlier start has left and goes on from there."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.demo.actors import PROVINCE, Cast, Urls
from deploy.demo.contacts import read_contacts, set_contacts
from deploy.demo.keeping import Kept
from deploy.demo.libraries import Progress, fill_demands, fill_registry, fill_supplies
from deploy.demo.matches import answer_proposals, await_libraries, run_matching
from deploy.demo.offices import open_offices
from deploy.demo.outcomes import carry_out
from deploy.demo.pushes import await_deliveries, subscribe
from deploy.demo.race import race_for_the_last_place
from deploy.demo.report import count_everything
from deploy.demo.sample import find_sample
from deploy.demo.subscriber import Subscriber

BEST, MOST_KINDS = 8, 6
LIVELY = {"open", "confirming", "confirmed", "started"}


@dataclass(frozen=True)
class Stage:
    """Where the story plays: the platform, and the subscriber's address as the platform reaches it."""

    urls: Urls
    secrets: Mapping[str, str]
    folder: Path
    subscriber_url: str


def hire_subscriber(folder: Path, *, host: str, port: int) -> Subscriber:
    """Return the story's subscriber, who knows the secrets of an earlier start and so refuses nothing meanwhile."""
    subscriber = Subscriber(host=host, port=port, record=folder / "demo-verified.jsonl")
    for name, subscription in Kept(folder / "demo-subscriptions.json").values.items():
        subscriber.trust(name, subscription["secret"])
    return subscriber


async def tell_story(
    stage: Stage, subscriber: Subscriber, tell: Progress, show: Callable[[list[Any], list[Any]], None]
) -> dict[str, Any]:
    """
    Play the story to its end and return the report; one that has been told is only reported again.

    :raises Refused: if the platform refuses a step
    """
    began = time.monotonic()
    cast = Cast(stage.urls, stage.secrets, stage.folder / "demo-clients.json")
    plan = Kept(stage.folder / "demo-plan.json")
    subscriptions = stage.folder / "demo-subscriptions.json"
    try:
        if "told" not in plan.values:
            await fill_registry(cast, tell)
            await fill_supplies(cast, tell)
            await fill_demands(cast, tell)
        await open_offices(cast)
        sample = await find_sample(cast)
        if "told" not in plan.values:
            await set_contacts(cast, sample, tell)
        listeners = await subscribe(cast, subscriber, url=stage.subscriber_url, file=subscriptions, tell=tell)
        if "told" not in plan.values:
            await await_libraries(cast, tell)
            await run_matching(cast, tell)
            await answer_proposals(cast, sample, plan, tell)
            await race_for_the_last_place(cast, sample, plan, tell)
            await carry_out(cast, plan, tell)
            plan.put("told", value=True)
        contacts_shown = await read_contacts(cast, sample, tell)
        delivered, waiting = await await_deliveries(listeners, sample, tell)
        report = await count_everything(cast, sample)
        show(*await _examples(cast))
    finally:
        await cast.close()
    # A push whose 2xx was lost with a killed platform is verified here and counts as not delivered there.
    verified = delivered & subscriber.events.keys()
    figures = {
        **report,
        "contacts_shown": contacts_shown,
        "pushed": len(delivered),
        "signatures_verified": len(verified),
        "pushes_waiting": waiting,
    }
    return {**figures, "seconds": round(time.monotonic() - began, 1)}


async def _examples(cast: Cast) -> tuple[list[Any], list[Any]]:
    """Return the best pairings, open and confirmed ones first, and a candidate for every reason to exclude or hold."""
    officer = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
    found = await officer.list("/matching/v1/pairings")
    found.sort(key=lambda pairing: (pairing["status"] not in LIVELY, -pairing["score"], pairing["id"]))
    pairings = [await officer.get(f"/matching/v1/pairings/{one['id']}") for one in found[:BEST]]
    kinds: dict[str, Any] = {}
    for demand in await officer.list("/projects/v1/demands", status="published"):
        path = f"/matching/v1/demands/{demand['id']}/candidates"
        for candidate in (await officer.get(path, limit=100, include="excluded"))["items"]:
            if candidate["eligibility"] != "eligible":
                kinds.setdefault(candidate["reasons"][0]["code"], candidate)
        if len(kinds) >= MOST_KINDS:
            break
    return pairings, list(kinds.values())
