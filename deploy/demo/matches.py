"""The second half of the story: a run proposes, sides answer, talk, agree or decline, and a race has one winner."""

import asyncio
from typing import Any

from deploy.demo.actors import PROVINCE, Actor, Cast, Refused
from deploy.demo.libraries import POLL_SECONDS, Progress, await_operation, for_each

DECLINES = 6
AGREEMENTS = 12
TALKS = 6
MOST_POLLS = 400
OPEN_DEMANDS = ("published", "partly_covered")
FINISHED = {"confirmed", "lost_race", "declined", "expired", "withdrawn", "referred"}
PAIRINGS = "/matching/v1/pairings"


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
            tell("等待两库同步", min(known, len(others)), len(others))
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
    result: dict[str, Any] = await await_operation(officer, "matching", operation, "批量匹配", tell)
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


class Sides:
    """The two sides of a pairing, answering as the county's rural office and as the organization."""

    def __init__(self, cast: Cast, watcher: Actor) -> None:
        self._cast, self._watcher = cast, watcher

    async def answer(self, pairing: dict[str, Any], side: str, answer: str, reason: str | None = None) -> None:
        """Answer for one side; what is over by now, or answered so already, is left alone."""
        if side == "demand":
            actor = await self._cast.county(pairing["demand_division"])
        else:
            actor = await self._cast.organization(pairing["organization_id"])
        body = {"side": side, "answer": answer} | ({"reason": reason} if reason else {})
        try:
            await actor.post(f"{PAIRINGS}/{pairing['id']}/answers", body)
        except Refused as refused:
            if refused.status != 409:
                raise

    async def talk(self, pairing: dict[str, Any]) -> None:
        """Both sides show interest: contacts become visible, nothing is held yet."""
        await self.answer(pairing, "demand", "interested")
        await self.answer(pairing, "supply", "interested")

    async def agree(self, pairing: dict[str, Any]) -> None:
        """Both sides show interest and then agree."""
        await self.talk(pairing)
        await self.answer(pairing, "supply", "agreed")
        await self.answer(pairing, "demand", "agreed")

    async def await_end(self, pairing_id: str) -> dict[str, Any]:
        """Wait until a pairing that both sides agreed to is confirmed or lost."""
        for _ in range(MOST_POLLS):
            pairing: dict[str, Any] = await self._watcher.get(f"{PAIRINGS}/{pairing_id}")
            if pairing["status"] in FINISHED:
                return pairing
            await asyncio.sleep(POLL_SECONDS)
        raise RuntimeError(f"pairing {pairing_id} stays {pairing['status']}")


async def answer_proposals(cast: Cast, tell: Progress) -> None:
    """Let some sides decline, so that the next best is proposed, some talk, and some agree and be confirmed."""
    watcher = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
    sides = Sides(cast, watcher)
    everything = await watcher.list(PAIRINGS)
    proposed = [one for one in everything if one["status"] == "open" and one["origin"] == "recommended"]
    proposed.sort(key=lambda one: (-(one["score"] or 0), one["id"]))
    declined = sum(one["status"] == "declined" for one in everything)
    confirmed = sum(one["status"] in {"confirmed", "confirming"} for one in everything)
    talking = sum(one["phase"] == "in_talks" for one in everything)
    fresh = [one for one in proposed if one["phase"] == "proposed" and not one.get("previous_pairing_id")]
    begun = [one for one in proposed if one["phase"] not in {"proposed", "in_talks"}]
    to_decline = fresh[: max(0, DECLINES - declined)]
    to_agree = begun + fresh[len(to_decline) :][: max(0, AGREEMENTS - confirmed)]
    to_talk = fresh[len(to_decline) + len(to_agree) :][: max(0, TALKS - talking)]

    async def decline(pairing: dict[str, Any]) -> None:
        if to_decline.index(pairing) % 2:
            await sides.answer(pairing, "demand", "declined", "wrong_need")
        else:
            await sides.answer(pairing, "supply", "declined", "no_capacity")

    async def agree(pairing: dict[str, Any]) -> None:
        await sides.agree(pairing)
        await sides.await_end(pairing["id"])

    async def see_confirmed(pairing: dict[str, Any]) -> None:
        await sides.await_end(pairing["id"])

    await for_each(to_decline, decline, "谢绝,推荐下一候选", tell)
    await for_each(to_talk, sides.talk, "洽谈", tell)
    await for_each(to_agree, agree, "双方同意,确认", tell)
    # An interrupted start has left these; what is counted at the end must be settled.
    await for_each([one for one in everything if one["status"] == "confirming"], see_confirmed, "确认", tell)
    await _await_next_best(watcher, tell)


async def _await_next_best(watcher: Actor, tell: Progress) -> None:
    for waited in range(120):
        chained = [one for one in await watcher.list(PAIRINGS) if one.get("previous_pairing_id")]
        tell("下一候选", len(chained), max(1, len(chained)))
        if chained or waited == 119:
            return
        await asyncio.sleep(POLL_SECONDS)


async def race_for_the_last_place(cast: Cast, tell: Progress) -> None:
    """
    Fill a supply with two free places to one, and let two counties order the last: one of them loses the race.

    Nothing is done if an earlier start of the story has come so far.
    """
    watcher = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
    sides = Sides(cast, watcher)
    if any(one["status"] == "lost_race" for one in await watcher.list(PAIRINGS)):
        tell("最后一个名额", 3, 3)
        return
    supply, demands = await _find_contest(watcher)
    free = _free_places(supply)
    rivals = []
    for number, demand in enumerate(demands[: free + 1]):
        tell("最后一个名额", number, free + 1)
        pairing = await _order(cast, watcher, supply, demand)
        if number < free - 1:
            await sides.agree(pairing)
            await sides.await_end(pairing["id"])
        else:
            await sides.talk(pairing)
            await sides.answer(pairing, "supply", "agreed")
            rivals.append(pairing)
    await asyncio.gather(*[sides.answer(rival, "demand", "agreed") for rival in rivals])
    for rival in rivals:
        await sides.await_end(rival["id"])
    tell("最后一个名额", free + 1, free + 1)


async def _order(cast: Cast, watcher: Actor, supply: dict[str, Any], demand: dict[str, Any]) -> dict[str, Any]:
    """Let the county order (点单) the supply, or return the pairing that an interrupted story has left."""
    for one in await watcher.list(PAIRINGS, supply_id=supply["id"], demand_id=demand["id"]):
        if one["status"] not in FINISHED:
            return one
    county = await cast.county(demand["division"])
    ordered: dict[str, Any] = await county.post(PAIRINGS, {"demand_id": demand["id"], "supply_id": supply["id"]})
    return ordered


def _free_places(supply: dict[str, Any]) -> int:
    return int(supply["capacity_total"] - supply["capacity_used_elsewhere"] - supply["capacity_used_here"])


async def _find_contest(watcher: Actor) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a supply with few free places (two if there is one) and eligible open demands of different counties."""
    open_demands = {one["id"]: one for one in await watcher.list("/projects/v1/demands", status="published")}
    supplies = await watcher.list("/projects/v1/supplies", status="listed")
    few = sorted((one for one in supplies if 1 <= _free_places(one) <= 3), key=lambda one: abs(_free_places(one) - 2))
    taken = {(one["supply_id"], one["demand_id"]) for one in await watcher.list(PAIRINGS)}
    for supply in few:
        page = await watcher.get(f"/matching/v1/supplies/{supply['id']}/candidates", limit=50)
        by_county: dict[str, dict[str, Any]] = {}
        for candidate in page["items"]:
            demand = open_demands.get(candidate["demand_id"])
            free = demand and demand["procurement"] == "none" and (supply["id"], demand["id"]) not in taken
            if free and demand and candidate["eligibility"] == "eligible":
                by_county.setdefault(demand["division"][:6], demand)
        if len(by_county) > _free_places(supply):
            return supply, list(by_county.values())
    raise RuntimeError("no supply with few free places has enough eligible demands")
