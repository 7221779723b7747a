"""The whole story, step by step; each step finds what an earlier start has left and goes on from there."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.demo.actors import PROVINCE, Cast, Urls
from deploy.demo.contacts import read_contacts, set_contacts
from deploy.demo.libraries import Progress, fill_demands, fill_registry, fill_supplies
from deploy.demo.matches import answer_proposals, await_libraries, race_for_the_last_place, run_matching
from deploy.demo.pushes import await_deliveries, subscribe
from deploy.demo.report import count_everything
from deploy.demo.subscriber import Subscriber

BEST, MOST_KINDS = 8, 6


@dataclass(frozen=True)
class Stage:
    """Where the story plays: the platform, and the subscriber's address as the platform reaches it."""

    urls: Urls
    administrator_secret: str
    folder: Path
    listen_host: str
    listen_port: int
    subscriber_url: str


async def tell_story(stage: Stage, tell: Progress, show: Callable[[list[Any], list[Any]], None]) -> dict[str, Any]:
    """
    Play the story to its end and return the report.

    :raises Refused: if the platform refuses a step
    """
    began = time.monotonic()
    cast = Cast(stage.urls, stage.administrator_secret, stage.folder / "demo-clients.json")
    subscriber = Subscriber(host=stage.listen_host, port=stage.listen_port, record=stage.folder / "demo-verified.jsonl")
    await subscriber.start()
    try:
        await fill_registry(cast, tell)
        await fill_supplies(cast, tell)
        await fill_demands(cast, tell)
        await set_contacts(cast, tell)
        file = stage.folder / "demo-subscriptions.json"
        listeners = await subscribe(cast, subscriber, url=stage.subscriber_url, file=file, tell=tell)
        await await_libraries(cast, tell)
        await run_matching(cast, tell)
        await answer_proposals(cast, tell)
        await race_for_the_last_place(cast, tell)
        contacts_shown = await read_contacts(cast, tell)
        delivered = await await_deliveries(listeners, tell)
        report = await count_everything(cast)
        show(*await _examples(cast))
    finally:
        await subscriber.stop()
        await cast.close()
    # A push whose 2xx was lost with a killed platform is verified here and counts as not delivered there.
    verified = delivered & subscriber.events.keys()
    figures = {
        **report,
        "contacts_shown": contacts_shown,
        "pushed": len(delivered),
        "signatures_verified": len(verified),
    }
    return {**figures, "seconds": round(time.monotonic() - began, 1)}


async def _examples(cast: Cast) -> tuple[list[Any], list[Any]]:
    """Return the best pairings with their explanation, and a candidate for every reason to exclude or hold."""
    officer = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
    found = sorted(await officer.list("/matching/v1/pairings"), key=lambda pairing: (-pairing["score"], pairing["id"]))
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
