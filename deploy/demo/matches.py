"""The second half of the story: a run proposes, and sides answer, talk, agree or decline."""

import asyncio
from typing import Any

from deploy.demo.actors import PROVINCE, Actor, Cast, Refused
from deploy.demo.keeping import Kept
from deploy.demo.libraries import POLL_SECONDS, Progress, await_operation, for_each
from deploy.demo.sample import Sample
from deploy.demo.sides import MOST_POLLS, PAIRINGS, Sides

DECLINES = 6
AGREEMENTS = 12
TALKS = 6
OPEN_DEMANDS = ("published", "partly_covered")


async def await_libraries(cast: Cast, tell: Progress) -> None:
    """
    Wait until matching has read every published demand and listed supply from the feeds.

    The candidates of a demand count every open supply, and the other way round, excluded ones too.
    """
    officer = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
    demands = [one for status in OPEN_DEMANDS for one in await officer.list("/projects/v1/demands", status=status)]
    supplies = await officer.list("/projects/v1/supplies", status="listed")
    for kind, others in ((f"demands/{demands[0]['id']}", supplies), (f"supplies/{supplies[0]['id']}", demands)):
        for _ in range(MOST_POLLS):
            known = await _count_candidates(officer, f"/matching/v1/{kind}/candidates")
            tell("两库同步 feeds", min(known, len(others)), len(others))
            if known >= len(others):
                break
            await asyncio.sleep(POLL_SECONDS)
        else:
            raise RuntimeError(f"matching has read {known} of {len(others)}: see worker.log")


async def _count_candidates(officer: Actor, path: str) -> int:
    """Return how many candidates matching knows; none while it does not know the one they are for."""
    try:
        page = await officer.get(path, limit=1)
    except Refused as refused:
        if refused.status == 404:
            return 0
        raise
    return int(page["eligible"] + page["held"] + page["excluded"])


async def run_matching(cast: Cast, tell: Progress) -> dict[str, Any]:
    """Start a batch run as the provincial officer, or follow the one that is underway; it proposes pairings."""
    officer = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
    operation = await _begin_run(officer)
    result: dict[str, Any] = await await_operation(officer, "matching", operation, "批量匹配 run", tell)
    return result


async def _begin_run(officer: Actor) -> dict[str, Any]:
    """Return the operation of a new run, or of the one that an interrupted start has left underway."""
    while True:
        try:
            begun: dict[str, Any] = await officer.post("/matching/v1/runs")
        except Refused as refused:
            if refused.problem != "run-underway":
                raise
        else:
            return begun
        for run in await officer.list("/matching/v1/runs"):
            if run["underway"]:
                found: dict[str, Any] = await officer.get(f"/matching/v1/operations/{run['operation_id']}")
                return found


async def answer_proposals(cast: Cast, sample: Sample, plan: Kept, tell: Progress) -> None:
    """
    Let some sides decline, so that the next best is proposed, some talk, and some agree and be confirmed.

    Which ones is planned once among the sample's own, so that a start after an interruption answers no others.
    """
    watcher = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
    sides = Sides(cast, watcher)
    known = {one["id"]: one for one in await watcher.list(PAIRINGS)}
    if "answers" not in plan.values:
        plan.put("answers", _plan_answers(list(known.values()), sample))
    chosen = {what: [known[one] for one in ids] for what, ids in plan.values["answers"].items()}

    async def decline(pairing: dict[str, Any]) -> None:
        if chosen["decline"].index(pairing) % 2:
            await sides.answer(pairing, "demand", "declined", "wrong_need")
        else:
            await sides.answer(pairing, "supply", "declined", "no_capacity")

    async def agree(pairing: dict[str, Any]) -> None:
        await sides.agree(pairing)
        await sides.await_end(pairing["id"])

    await for_each(chosen["decline"], decline, "谢绝 declined", tell)
    await for_each(chosen["talk"], sides.talk, "洽谈 in talks", tell)
    await for_each(chosen["agree"], agree, "确认 confirmed", tell)
    await _await_next_best(watcher, {one["id"] for one in chosen["decline"]}, tell)


def _plan_answers(pairings: list[dict[str, Any]], sample: Sample) -> dict[str, list[str]]:
    """Return the pairings to decline, to agree to and to talk about, best first."""
    fresh = [
        one
        for one in pairings
        if one["phase"] == "proposed" and one["origin"] == "recommended" and one["status"] == "open"
        if sample.holds(one) and not one.get("previous_pairing_id")
    ]
    ids = [one["id"] for one in sorted(fresh, key=lambda one: (-(one["score"] or 0), one["id"]))]
    return {
        "decline": ids[:DECLINES],
        "agree": ids[DECLINES : DECLINES + AGREEMENTS],
        "talk": ids[DECLINES + AGREEMENTS :][:TALKS],
    }


async def _await_next_best(watcher: Actor, declined: set[str], tell: Progress) -> None:
    for waited in range(120):
        chained = [one for one in await watcher.list(PAIRINGS) if one.get("previous_pairing_id") in declined]
        tell("下一候选 next best", len(chained), max(1, len(chained)))
        if chained or waited == 119:
            return
        await asyncio.sleep(POLL_SECONDS)
