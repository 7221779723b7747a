"""What becomes of the story's agreements: some are started, one is completed and rated, one falls through."""

import asyncio
from typing import Any

from deploy.demo.actors import PROVINCE, Actor, Cast, Refused
from deploy.demo.keeping import Kept
from deploy.demo.libraries import POLL_SECONDS, Progress
from deploy.demo.sides import MOST_POLLS, PAIRINGS

LABEL = "实施 outcomes"
STARTED = 4
STARS = {"demand": 5, "supply": 4}


async def carry_out(cast: Cast, plan: Kept, tell: Progress) -> None:
    """
    Start some of the confirmed pairings, complete and rate the first of them, and let the last fall through.

    Which ones is planned once; what an interrupted story has reported already is left as it is. What is held is
    settled in projects a moment later, which is awaited: the unit that fell through is free again.
    """
    watcher = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
    if "outcomes" not in plan.values:
        agreed = [await watcher.get(f"{PAIRINGS}/{one}") for one in plan.values["answers"]["agree"]]
        plan.put("outcomes", [one["id"] for one in agreed if one["status"] == "confirmed"][:STARTED])
    chosen = plan.values["outcomes"]
    total = len(chosen) + 2
    for number, pairing_id in enumerate(chosen):
        tell(LABEL, number, total)
        pairing = await watcher.get(f"{PAIRINGS}/{pairing_id}")
        await _report(await cast.organization(pairing["organization_id"]), pairing_id, "start")
    if chosen:
        await _complete(cast, watcher, chosen[0])
    tell(LABEL, total - 1, total)
    if len(chosen) > 1:
        await _fall_through(cast, watcher, chosen[-1])
    tell(LABEL, total, total)


async def _complete(cast: Cast, watcher: Actor, pairing_id: str) -> None:
    pairing = await watcher.get(f"{PAIRINGS}/{pairing_id}")
    sides = {
        "demand": await cast.county(pairing["demand_division"]),
        "supply": await cast.organization(pairing["organization_id"]),
    }
    await _report(sides["demand"], pairing_id, "complete")
    for side, stars in STARS.items():
        await sides[side].post(f"{PAIRINGS}/{pairing_id}/ratings", {"stars": stars})
    await _await_settled(watcher, pairing_id, "fulfilled")


async def _fall_through(cast: Cast, watcher: Actor, pairing_id: str) -> None:
    pairing = await watcher.get(f"{PAIRINGS}/{pairing_id}")
    await _report(await cast.organization(pairing["organization_id"]), pairing_id, "fall-through", reason="no_funds")
    await _await_settled(watcher, pairing_id, "released")


async def _report(side: Actor, pairing_id: str, step: str, **body: Any) -> None:
    try:
        await side.change(f"{PAIRINGS}/{pairing_id}", step, body)
    except Refused as refused:
        # A story that goes on has reported this already, and what follows it.
        if refused.status != 409:
            raise


async def _await_settled(watcher: Actor, pairing_id: str, status: str) -> None:
    for _ in range(MOST_POLLS):
        if (await watcher.get(f"/projects/v1/commitments/{pairing_id}"))["status"] == status:
            return
        await asyncio.sleep(POLL_SECONDS)
    raise RuntimeError(f"the commitment of pairing {pairing_id} is not {status}: see worker.log")
