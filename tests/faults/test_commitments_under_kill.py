"""A hundred pairings race for twenty units while the worker and the API that decides are killed: exactly twenty win."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import func, insert, literal, select

from deploy.demo.actors import PROVINCE, Actor, Cast, Refused
from services.matching.pairings.models import Pairing
from services.matching.profiles.models import DemandProfile
from services.projects.demands.actions import announce_demand
from services.projects.demands.models import Demand
from shared.db import Database, new_id
from tests.platform import Platform

pytestmark = pytest.mark.xdist_group("platform")

RIVALS, UNITS, AT_ONCE = 100, 20, 8
KILL_WORKER_AT, KILL_API_AT = 4, 10
MOST_SECONDS = 90
COUNTY = "513431000000"
KIND = {"fields": ["agritech"], "help_forms": ["expertise"], "beneficiary_groups": ["farmers"]}
WANTED = {
    **KIND, "title": "核桃不挂果,盼人教嫁接", "division": COUNTY, "level": "village",
    "description": "坡上核桃多年不挂果,盼有懂技术的人来教嫁接和修剪。",
    "ends_on": "2027-12-31", "persons": 60, "monitored_persons": 9, "assist_mode": "development",
    "policy_gap": "现行培训不到村", "intake_source": "asked_people",
}  # fmt: skip
OFFERED = {
    **KIND, "title": "果树嫁接田间课堂", "description": "农技人员进村,手把手教嫁接与修剪,带教一年。",
    "capacity_total": UNITS, "assist_mode": "development", "service_regions": ["51"],
    "starts_on": "2027-01-01", "ends_on": "2027-12-31",
}  # fmt: skip


class Ledger:
    """What the two databases hold of the race, whoever of the processes is alive."""

    def __init__(self, matching: asyncpg.Connection, projects: asyncpg.Connection, supply_id: str) -> None:
        self._matching, self._projects, self._supply_id = matching, projects, supply_id

    async def read_statuses(self) -> Counter[str]:
        query = "SELECT status, count(*) FROM pairings WHERE supply_id = $1::text::uuid GROUP BY status"
        return Counter({row[0]: row[1] for row in await self._matching.fetch(query, self._supply_id)})

    async def list_endings(self) -> Counter[tuple[str, str]]:
        """Return how often each pairing was told to be confirmed or lost."""
        query = (
            "SELECT pairing_id::text, happened FROM pairing_events JOIN pairings ON pairings.id = pairing_id"
            " WHERE supply_id = $1::text::uuid AND happened IN ('confirmed', 'lost_race', 'withdrawn')"
        )
        return Counter((row[0], row[1]) for row in await self._matching.fetch(query, self._supply_id))

    async def list_commitments(self) -> list[str]:
        query = "SELECT pairing_id::text FROM commitments WHERE supply_id = $1::text::uuid AND status = 'active'"
        return [row[0] for row in await self._projects.fetch(query, self._supply_id)]


@pytest.fixture
async def cast(platform: Platform, tmp_path: Path) -> AsyncIterator[Cast]:
    cast = Cast(platform.urls, platform.secrets, tmp_path / "clients.json")
    yield cast
    await cast.close()


async def gather(works: list[Callable[[], Awaitable[Any]]]) -> list[Any]:
    """Do everything, some at a time, and return the results in order."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(work: Callable[[], Awaitable[Any]]) -> Any:
        async with gate:
            return await work()

    return list(await asyncio.gather(*[one(work) for work in works]))


async def until_known(post: Callable[[], Awaitable[Any]]) -> Any:
    """Repeat what needs something that still travels through a feed."""
    for _ in range(120):
        try:
            return await post()
        except Refused as refused:
            if refused.status not in {404, 409, 422}:
                raise
            await asyncio.sleep(0.25)
    raise AssertionError("it does not arrive")


async def offer_supply(civil: Actor, cast: Cast) -> tuple[str, Actor]:
    body = {
        "name": "凉山果树嫁接技术协会", "type": "community_organization", "level": "community",
        "is_legal_person": False, "registered_division": COUNTY, "charter_scope": "果树嫁接技术培训与推广",
    }  # fmt: skip
    organization = (await civil.post("/registry/v1/organizations", body))["id"]
    await civil.change(f"/registry/v1/organizations/{organization}", "activate")
    actor = await cast.play(f"race-{organization}", "organization", "嫁接协会", organization_id=organization)
    supply = (await until_known(lambda: actor.post("/projects/v1/supplies", OFFERED)))["id"]
    await carry_through(actor, civil, "supply", f"/projects/v1/supplies/{supply}", "list")
    return supply, actor


async def publish_demand(clerk: Actor, reviewer: Actor) -> UUID:
    demand = (await clerk.post("/projects/v1/demands", WANTED))["id"]
    await carry_through(clerk, reviewer, "demand", f"/projects/v1/demands/{demand}", "publish")
    return UUID(demand)


async def carry_through(owner: Actor, reviewer: Actor, kind: str, path: str, last: str) -> None:
    await owner.change(path, "submit")
    _thing, etag = await reviewer.read_with_etag(path)
    body = {"subject_kind": kind, "subject_id": path.rsplit("/", 1)[-1], "decision": "approve", "note": "属实"}
    await reviewer.post("/projects/v1/reviews", body, etag=etag)
    await owner.change(path, last)


async def answer(actor: Actor, pairing: str | UUID, side: str, said: str) -> None:
    await actor.post(f"/matching/v1/pairings/{pairing}/answers", {"side": side, "answer": said})


async def reach_last_word(clerk: Actor, organization: Actor, demand: UUID, supply: str) -> UUID:
    """Order a supply and bring the pairing to where only the county's agreement is missing."""
    body = {"demand_id": str(demand), "supply_id": supply}
    pairing = (await until_known(lambda: clerk.post("/matching/v1/pairings", body)))["id"]
    await answer(organization, pairing, "supply", "interested")
    await answer(organization, pairing, "supply", "agreed")
    return UUID(pairing)


async def multiply(database: Database, model: type[Demand] | type[Pairing], first: UUID, **others: list[Any]) -> None:
    """Store copies of a row that differ in the columns named; a hundred by the API would take minutes."""
    kept = [column for column in model.__table__.columns if column.name not in others]
    names = [*others, *(column.name for column in kept)]
    async with database.transaction() as session:
        for values in zip(*others.values(), strict=True):
            copied = select(*[literal(value) for value in values], *kept).where(model.id == first)
            await session.execute(insert(model).from_select(names, copied), execution_options={"audit": "a test"})


async def multiply_demand(platform: Platform, first: UUID) -> list[UUID]:
    """Publish more demands like one, and wait until matching has read them from the feed."""
    demands = [new_id() for _ in range(RIVALS - 1)]
    projects = Database(platform.access["projects"].app_dsn, name="race")
    await multiply(projects, Demand, first, id=demands)
    async with projects.transaction() as session:
        for demand_id in demands:
            demand = await session.get(Demand, demand_id, with_for_update=True)
            assert demand is not None
            await announce_demand(session, demand=demand, reason="published")
    await projects.close()
    matching = Database(platform.access["matching"].app_dsn, name="race")
    known = select(func.count()).select_from(DemandProfile).where(DemandProfile.id.in_(demands))
    for _ in range(240):
        async with matching.transaction() as session:
            if (await session.execute(known)).scalar_one() == len(demands):
                break
        await asyncio.sleep(0.25)
    await matching.close()
    return demands


async def set_rivals(platform: Platform, clerk: Actor, reviewer: Actor, organization: Actor, supply: str) -> list[UUID]:
    """Return the pairings of a hundred demands with one supply that lack only the county's agreement."""
    demand = await publish_demand(clerk, reviewer)
    pairing = await reach_last_word(clerk, organization, demand, supply)
    demands = await multiply_demand(platform, demand)
    pairings = [new_id() for _ in demands]
    matching = Database(platform.access["matching"].app_dsn, name="race")
    await multiply(matching, Pairing, pairing, id=pairings, demand_id=demands)
    await matching.close()
    return [pairing, *pairings]


async def kill_at(platform: Platform, name: str, ledger: Ledger, held: int) -> dict[str, Any]:
    """Kill a process as soon as so many commitments are held, tell how things stood, and start it again."""
    while len(await ledger.list_commitments()) < held:
        await asyncio.sleep(0.005)
    platform.kill(name)
    seen = {"held": len(await ledger.list_commitments()), **await ledger.read_statuses()}
    await asyncio.sleep(0.5)
    platform.start(name)
    return seen


async def test_exactly_as_many_are_confirmed_as_there_are_units_when_worker_and_api_are_killed(
    platform: Platform, cast: Cast, record_property: Callable[[str, object], None]
) -> None:
    began = time.monotonic()
    civil = await cast.play("race-civil", "civil_affairs_officer", "民政", division=PROVINCE)
    clerk = await cast.play("race-clerk", "rural_officer", "县农业农村局 经办", division=COUNTY)
    reviewer = await cast.play("race-reviewer", "rural_officer", "县农业农村局 审核", division=COUNTY)
    supply, organization = await offer_supply(civil, cast)
    pairings = await set_rivals(platform, clerk, reviewer, organization, supply)
    matching, projects = [
        await asyncpg.connect(platform.access[service].owner_dsn.replace("+asyncpg", ""))
        for service in ("matching", "projects")
    ]
    ledger = Ledger(matching, projects, supply)
    assert await ledger.read_statuses() == {"open": RIVALS}

    prepared = time.monotonic()
    agreeing = asyncio.create_task(gather([partial(answer, clerk, one, "demand", "agreed") for one in pairings]))
    seen = {"worker killed": await kill_at(platform, "matching-worker", ledger, KILL_WORKER_AT)}
    seen["api killed"] = await kill_at(platform, "projects-api", ledger, KILL_API_AT)
    await agreeing
    while unsettled := {"open", "confirming"} & set(await ledger.read_statuses()):
        assert time.monotonic() - prepared < MOST_SECONDS, (unsettled, await ledger.read_statuses(), seen)
        await asyncio.sleep(0.1)
    seen["seconds"] = {"prepared": round(prepared - began, 1), "race": round(time.monotonic() - prepared, 1)}
    record_property("race", seen)
    print(seen)  # noqa: T201

    statuses, endings, held = await ledger.read_statuses(), await ledger.list_endings(), await ledger.list_commitments()
    await matching.close()
    await projects.close()
    assert seen["worker killed"]["held"] < UNITS, seen
    assert seen["api killed"]["held"] < UNITS, seen
    assert statuses == {"confirmed": UNITS, "lost_race": RIVALS - UNITS}
    assert Counter(happened for _, happened in endings.elements()) == statuses
    assert set(endings.values()) == {1}, "a pairing ended twice"
    assert sorted(held) == sorted(pairing for pairing, happened in endings if happened == "confirmed")
    platform.await_ready()
    assert (await organization.get(f"/projects/v1/supplies/{supply}"))["capacity_used_here"] == UNITS
    confirmed = await organization.list("/matching/v1/pairings", supply_id=supply, status="confirmed")
    assert sorted(one["id"] for one in confirmed) == sorted(held)
