"""The race of the story: two counties want the last place of a supply, and one of them gets it."""

import asyncio
from typing import Any

from deploy.demo.actors import PROVINCE, Actor, Cast
from deploy.demo.keeping import Kept
from deploy.demo.libraries import Progress
from deploy.demo.sample import Sample
from deploy.demo.sides import FINISHED, PAIRINGS, Sides

LABEL = "最后名额 last place"


async def race_for_the_last_place(cast: Cast, sample: Sample, plan: Kept, tell: Progress) -> None:
    """
    Fill a supply with few free places to one, and let two counties order the last: one of them loses the race.

    The contest is planned once, so that a start after an interruption goes on with the same.
    """
    watcher = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
    sides = Sides(cast, watcher)
    if "race" not in plan.values:
        plan.put("race", await _find_contest(watcher, sample))
    supply_id, demands = plan.values["race"]["supply_id"], plan.values["race"]["demands"]
    rivals = []
    for number, demand in enumerate(demands, start=1):
        tell(LABEL, number - 1, len(demands))
        pairing = await _order(cast, watcher, supply_id, demand)
        if pairing["status"] in FINISHED:
            continue
        if number <= len(demands) - 2:
            await sides.agree(pairing)
            await sides.await_end(pairing["id"])
        else:
            await sides.talk(pairing)
            await sides.answer(pairing, "supply", "agreed")
            rivals.append(pairing)
    await asyncio.gather(*[sides.answer(rival, "demand", "agreed") for rival in rivals])
    for rival in rivals:
        await sides.await_end(rival["id"])
    tell(LABEL, len(demands), len(demands))


async def _order(cast: Cast, watcher: Actor, supply_id: str, demand: dict[str, Any]) -> dict[str, Any]:
    """Let the county order (点单) the supply, or return the pairing that an interrupted story has left."""
    for one in await watcher.list(PAIRINGS, supply_id=supply_id, demand_id=demand["id"]):
        return one
    county = await cast.county(demand["division"])
    ordered: dict[str, Any] = await county.post(PAIRINGS, {"demand_id": demand["id"], "supply_id": supply_id})
    return ordered


def _free_places(supply: dict[str, Any]) -> int:
    return int(supply["capacity_total"] - supply["capacity_used_elsewhere"] - supply["capacity_used_here"])


async def _find_contest(watcher: Actor, sample: Sample) -> dict[str, Any]:
    """
    Return a supply with few free places (two if there is one) and eligible demands of as many counties and one more.

    :raises RuntimeError: if there is none in the sample
    """
    published = await watcher.list("/projects/v1/demands", status="published")
    demands = {one["id"]: one for one in published if one["id"] in sample.demands and one["procurement"] == "none"}
    supplies = [
        one for one in await watcher.list("/projects/v1/supplies", status="listed") if one["id"] in sample.supplies
    ]
    few = sorted((one for one in supplies if 1 <= _free_places(one) <= 3), key=lambda one: abs(_free_places(one) - 2))
    taken = {(one["supply_id"], one["demand_id"]) for one in await watcher.list(PAIRINGS)}
    for supply in few:
        page = await watcher.get(f"/matching/v1/supplies/{supply['id']}/candidates", limit=50)
        by_county: dict[str, dict[str, Any]] = {}
        for candidate in page["items"]:
            demand = demands.get(candidate["demand_id"])
            if demand and candidate["eligibility"] == "eligible" and (supply["id"], demand["id"]) not in taken:
                by_county.setdefault(demand["division"][:6], {"id": demand["id"], "division": demand["division"]})
        free = _free_places(supply)
        if len(by_county) > free:
            return {"supply_id": supply["id"], "demands": list(by_county.values())[: free + 1]}
    raise RuntimeError("no supply of the sample with few free places has enough eligible demands")
