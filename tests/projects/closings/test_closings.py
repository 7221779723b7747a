"""What ends a demand or a supply ends what pairings hold of it: fulfilled in time, released before."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from services.projects.commitments.errors import CommitmentReleased
from services.projects.commitments.models import Commitment
from services.projects.worker import expire
from shared.contracts.codes import CommitmentStatus
from shared.db import Database
from tests.projects.commitments.test_commitments import PATH, put, states
from tests.projects.library import Library, change, ok, path_of


async def hold(library: Library, **periods: str) -> tuple[dict[str, Any], dict[str, Any], UUID]:
    """Return a demand of one place and a supply of one unit that a pairing holds, as they stand then."""
    pairing = uuid4()
    demand = await library.demand(places=1, **{"ends_on": periods.get("demand", "2099-12-31")})
    supply = await library.supply(capacity_total=1, **{"ends_on": periods.get("supply", "2099-12-31")})
    ok(await put(library, demand, supply, pairing), 201)
    return (
        ok(await library.clerk.get(path_of("demand", demand))),
        ok(await library.organization.get(path_of("supply", supply))),
        pairing,
    )


async def ended(library: Library, pairing: UUID) -> tuple[str, str | None]:
    commitment = ok(await library.service.get(f"{PATH}/{pairing}"))
    return commitment["status"], commitment["release_reason"]


async def test_a_completed_demand_fulfils_what_is_held_of_it(library: Library) -> None:
    demand, supply, pairing = await hold(library)
    before = len(await library.events())
    ok(await change(library.clerk, f"{path_of('demand', demand)}/close", demand, json={"reason": "completed"}))
    assert await ended(library, pairing) == ("fulfilled", None)
    assert await states(library, demand, supply) == ("closed", 1, "full", 1)
    events = (await library.events())[before:]
    assert [(event["type"].split(".")[1], event["reason"]) for event in events] == [
        ("demand", "completed"),
        ("commitment", "fulfilled"),
    ]
    again = await library.service.post(f"{PATH}/{pairing}/release", json={"reason": "x"})
    assert again.status_code == 409


@pytest.mark.parametrize(("step", "reason"), [("withdraw", "withdrawn"), ("close", "merged")])
async def test_a_demand_taken_back_frees_the_supply(library: Library, step: str, reason: str) -> None:
    demand, supply, pairing = await hold(library)
    before = len(await library.events())
    body = {"json": {"reason": "merged"}} if step == "close" else {}
    ok(await change(library.clerk, f"{path_of('demand', demand)}/{step}", demand, **body))
    assert await ended(library, pairing) == ("released", f"demand_{reason}")
    assert await states(library, demand, supply) == ("closed", 0, "listed", 0)
    events = (await library.events())[before:]
    assert [(event["type"].split(".")[1], event["reason"]) for event in events] == [
        ("demand", reason),
        ("supply", "released"),
        ("commitment", "released"),
    ]
    ok(await put(library, await library.demand(), supply), 201)


async def test_a_delisted_supply_frees_the_place_of_the_demand(library: Library) -> None:
    demand, supply, pairing = await hold(library)
    ok(await change(library.organization, f"{path_of('supply', supply)}/delist", supply))
    assert await ended(library, pairing) == ("released", "supply_delisted")
    assert await states(library, demand, supply) == ("published", 0, "closed", 0)
    ok(await put(library, demand, await library.supply()), 201)


@pytest.mark.parametrize("over", ["demand", "supply"])
async def test_what_is_held_until_the_last_day_is_fulfilled(
    library: Library, database: Database, monkeypatch: pytest.MonkeyPatch, over: str
) -> None:
    demand, supply, pairing = await hold(library, **{over: "2030-06-30"})
    monkeypatch.setenv("XIANGQIAO_AS_OF", "2030-06-30")
    await expire(database)
    assert await ended(library, pairing) == ("active", None)
    monkeypatch.setenv("XIANGQIAO_AS_OF", "2030-07-01")
    await expire(database)
    assert await ended(library, pairing) == ("fulfilled", None)
    closed = ("closed", 1, "full", 1) if over == "demand" else ("covered", 1, "closed", 1)
    assert await states(library, demand, supply) == closed


def test_what_was_given_back_is_not_fulfilled() -> None:
    with pytest.raises(CommitmentReleased):
        Commitment(status=CommitmentStatus.RELEASED).fulfil()
