"""The first half of the story: organizations, supplies and demands are imported, submitted, reviewed, published."""

import asyncio
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

from deploy.demo.actors import PROVINCE, Actor, Cast
from deploy.demo.offices import play_nation
from deploy.demo.sample import is_own

Progress = Callable[[str, int, int], None]
"""Told while work goes on: what, how many are done, of how many."""
AT_ONCE = 8
POLL_SECONDS = 0.25
MOST_IMPORTS = 10
LABELS = {"demand": ("需求", "发布 published"), "supply": ("供给", "上架 listed")}


async def await_operation(actor: Actor, service: str, operation: dict[str, Any], label: str, tell: Progress) -> Any:
    """
    Follow an operation to its end and return its result.

    :raises RuntimeError: if it fails
    """
    while not operation["done"]:
        progress = operation["progress"]
        tell(label, progress["steps_done"], progress.get("steps_total") or 0)
        await asyncio.sleep(POLL_SECONDS)
        operation = await actor.get(f"/{service}/v1/operations/{operation['id']}")
    if operation.get("error"):
        raise RuntimeError(f"{label}: {operation['error']}")
    total = operation["progress"].get("steps_total") or 1
    tell(label, total, total)
    return operation["result"]


async def import_workbook(actor: Actor, service: str, kind: str, label: str, tell: Progress) -> Any:
    """Import a sample workbook and return the operation's result."""
    name = f"{kind}.xlsx"
    content = files("deploy.demo").joinpath("data", name).read_bytes()
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    operation = await actor.post(f"/{service}/v1/imports", data={"kind": kind}, files={"file": (name, content, sheet)})
    return await await_operation(actor, service, operation, label, tell)


async def for_each(things: list[Any], work: Callable[[Any], Awaitable[None]], label: str, tell: Progress) -> None:
    """Do some work for every thing, a few at a time, and tell how far it is."""
    gate, done = asyncio.Semaphore(AT_ONCE), 0

    async def one(thing: Any) -> None:
        nonlocal done
        async with gate:
            await work(thing)
        done += 1
        tell(label, done, len(things))

    tell(label, 0, len(things))
    await asyncio.gather(*[one(thing) for thing in things])


async def fill_registry(cast: Cast, tell: Progress) -> None:
    """Import the organizations as civil affairs, with evidence: what is imported so counts as verified."""
    officer = await cast.play("civil-affairs-a", "civil_affairs_officer", "省民政厅 经办", division=PROVINCE)
    await import_workbook(officer, "registry", "organizations", "导入社会组织 organizations", tell)


async def fill_supplies(cast: Cast, tell: Progress) -> None:
    """Import the organizations' supplies as drafts, as civil affairs; another officer reviews and lists them."""
    clerk = await cast.play("civil-affairs-a", "civil_affairs_officer", "省民政厅 经办", division=PROVINCE)
    reviewer = await cast.play("civil-affairs-b", "civil_affairs_officer", "省民政厅 审核", division=PROVINCE)
    for _ in range(MOST_IMPORTS):
        result = await import_workbook(clerk, "projects", "supplies", "导入供给项目 supplies", tell)
        if not result["rejected"]:
            break
        # projects may not have read every organization from registry's feed yet: import the rest once more.
        await asyncio.sleep(2)
    await _carry_through("supply", "supplies", "list", clerk, reviewer, tell)


async def fill_demands(cast: Cast, tell: Progress) -> None:
    """Import the counties' demands as the rural department; another officer reviews what the survey has admitted."""
    clerk = await play_nation(cast)
    reviewer = await play_nation(cast, reviews=True)
    await import_workbook(clerk, "projects", "demands", "导入需求项目 demands", tell)
    await _carry_through("demand", "demands", "publish", clerk, reviewer, tell, survey_stage="admitted")


async def _carry_through(
    kind: str, path: str, last: str, clerk: Actor, reviewer: Actor, tell: Progress, **wanted: str
) -> None:
    """Bring the sample's drafts through submission, review by another and publication; begun ones are gone on with."""

    async def of_status(status: str) -> list[dict[str, Any]]:
        found = await clerk.list(f"/projects/v1/{path}", status=status)
        own = [one for one in found if is_own(path, one)]
        return [one for one in own if all(one.get(name) == value for name, value in wanted.items())]

    async def submit(thing: dict[str, Any]) -> None:
        await clerk.change(f"/projects/v1/{path}/{thing['id']}", "submit")

    async def approve(thing: dict[str, Any]) -> None:
        _thing, etag = await reviewer.read_with_etag(f"/projects/v1/{path}/{thing['id']}")
        body = {"subject_kind": kind, "subject_id": thing["id"], "decision": "approve", "note": "材料齐全"}
        await reviewer.post("/projects/v1/reviews", body, etag=etag)

    async def publish(thing: dict[str, Any]) -> None:
        await clerk.change(f"/projects/v1/{path}/{thing['id']}", last)

    label, published = LABELS[kind]
    await for_each(await of_status("draft"), submit, f"{label}提交 submitted", tell)
    await for_each(await of_status("submitted"), approve, f"{label}审核 reviewed", tell)
    await for_each(await of_status("approved"), publish, f"{label}{published}", tell)
