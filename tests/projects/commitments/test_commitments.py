"""Commitments: counted under locks, harmless to repeat, given back, and never too many in a race."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import update

from services.projects.commitments.models import Commitment
from shared.contracts.codes import CommitmentStatus, CreditStatus, EnrolmentStatus, RegistrationStatus, Role
from shared.db import Database
from tests.projects.library import Library, change, mirror_organization, ok, path_of, problem

PATH = "/projects/v1/commitments"


async def put(library: Library, demand: Any, supply: Any, pairing: UUID | None = None, **more: Any) -> httpx.Response:
    body = {"demand_id": demand["id"], "supply_id": supply["id"], **more}
    return await library.service.put(f"{PATH}/{pairing or uuid4()}", json=body)


async def states(library: Library, demand: Any, supply: Any) -> tuple[str, int, str, int]:
    """Return status and held number of both."""
    now_demand = ok(await library.province.get(path_of("demand", demand)))
    now_supply = ok(await library.province.get(path_of("supply", supply)))
    return now_demand["status"], now_demand["places_taken"], now_supply["status"], now_supply["capacity_used_here"]


async def test_each_commitment_takes_a_place_and_a_unit_and_everything_is_announced(library: Library) -> None:
    demand, supply = await library.demand(places=2), await library.supply(capacity_total=2)
    before = len(await library.events())
    first = ok(await put(library, demand, supply, promised_fen=100), 201)
    assert (first["status"], first["promised_fen"]) == ("active", 100)
    assert await states(library, demand, supply) == ("partly_covered", 1, "listed", 1)
    ok(await put(library, demand, supply), 201)
    assert await states(library, demand, supply) == ("covered", 2, "full", 2)
    events = (await library.events())[before:]
    assert [event["type"].split(".")[1] for event in events] == ["demand", "supply", "commitment"] * 2
    assert events[2]["data"] == {key: first[key] for key in events[2]["data"]}
    assert events[3]["data"]["status"] == "covered"


async def test_the_same_request_again_changes_nothing(library: Library) -> None:
    demand, supply = await library.demand(places=2), await library.supply()
    pairing = uuid4()
    first = await put(library, demand, supply, pairing)
    again = await put(library, demand, supply, pairing)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert await states(library, demand, supply) == ("partly_covered", 1, "listed", 1)
    assert ok(await library.service.get(f"{PATH}/{pairing}")) == first.json()


async def test_a_pairing_never_holds_something_else(library: Library) -> None:
    demand, supply, pairing = await library.demand(), await library.supply(), uuid4()
    other_demand, other_supply = await library.demand(), await library.supply()
    ok(await put(library, demand, supply, pairing), 201)
    slug = "commitment-differs"
    assert problem(await put(library, other_demand, supply, pairing)) == (422, slug, "/demand_id")
    assert problem(await put(library, demand, other_supply, pairing)) == (422, slug, "/supply_id")
    assert problem(await put(library, demand, supply, pairing, promised_fen=1)) == (422, slug, "/promised_fen")


async def test_places_and_capacity_are_never_exceeded(library: Library) -> None:
    demand, supply = await library.demand(places=1), await library.supply(capacity_total=2, capacity_used_elsewhere=1)
    ok(await put(library, demand, supply), 201)
    other_supply = await library.supply()
    assert problem(await put(library, demand, other_supply)) == (409, "need-covered", "/demand_id")
    other_demand = await library.demand()
    assert problem(await put(library, other_demand, supply)) == (409, "capacity-exhausted", "/supply_id")
    assert await states(library, other_demand, other_supply) == ("published", 0, "listed", 0)


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "approved", "closed"])
async def test_only_published_demands_and_listed_supplies_are_committed(library: Library, state: str) -> None:
    demand, supply = await library.demand(state), await library.supply()
    assert problem(await put(library, demand, supply)) == (409, "not-open", "/demand_id")
    open_demand, closed_supply = await library.demand(), await library.supply(state)
    assert problem(await put(library, open_demand, closed_supply)) == (409, "not-open", "/supply_id")


@pytest.mark.parametrize(
    "standing",
    [
        {"enrolment_status": EnrolmentStatus.SUSPENDED},
        {"enrolment_status": EnrolmentStatus.LEFT},
        {"registration_status": RegistrationStatus.REVOKED},
        {"credit_status": CreditStatus.SERIOUSLY_ILLEGAL},
    ],
)
async def test_an_organization_that_is_not_in_good_standing_takes_on_nothing_more(
    library: Library, database: Database, standing: dict[str, Any]
) -> None:
    demand, supply, pairing = await library.demand(places=2), await library.supply(), uuid4()
    ok(await put(library, demand, supply, pairing), 201)
    await mirror_organization(database, library.organization_id, version=2, **standing)
    assert problem(await put(library, demand, supply)) == (409, "not-open", "/supply_id")
    ok(await put(library, demand, supply, pairing))
    abnormal = {"credit_status": CreditStatus.ABNORMAL}
    await mirror_organization(database, library.organization_id, version=3, **abnormal)
    ok(await put(library, demand, supply), 201)


async def test_a_government_purchase_never_ends_in_a_commitment(library: Library) -> None:
    purchased = {"procurement": "government_purchase", "procurement_method": "bidding"}
    demand, supply = await library.demand(**purchased), await library.supply()
    assert problem(await put(library, demand, supply)) == (409, "not-open", "/demand_id")
    assert await states(library, demand, supply) == ("published", 0, "listed", 0)


async def test_unknown_demands_and_supplies_are_not_found(library: Library) -> None:
    demand, supply, nothing = await library.demand(), await library.supply(), {"id": str(uuid4())}
    assert problem(await put(library, nothing, supply)) == (404, "demand-not-found", "/demand_id")
    assert problem(await put(library, demand, nothing)) == (404, "supply-not-found", "/supply_id")
    odd = await library.service.put(f"{PATH}/{uuid4()}", json={"demand_id": demand["id"]})
    assert problem(odd) == (422, "invalid-request", "/supply_id")
    assert problem(await put(library, demand, supply, promised_fen=-1))[2] == "/promised_fen"
    assert problem(await put(library, demand, supply, extra=1))[2] == "/extra"


async def test_a_release_frees_both_sides_once(library: Library) -> None:
    demand, supply, pairing = await library.demand(), await library.supply(capacity_total=1), uuid4()
    ok(await put(library, demand, supply, pairing), 201)
    before = len(await library.events())
    path = f"{PATH}/{pairing}/release"
    released = ok(await library.service.post(path, json={"reason": "fell_through"}))
    assert (released["status"], released["release_reason"]) == ("released", "fell_through")
    assert await states(library, demand, supply) == ("published", 0, "listed", 0)
    assert ok(await library.service.post(path, json={"reason": "again"})) == released
    events = (await library.events())[before:]
    assert [event["reason"] for event in events] == ["released"] * 3
    replayed = ok(await put(library, demand, supply, pairing))
    assert replayed["status"] == "released"
    assert await states(library, demand, supply) == ("published", 0, "listed", 0)
    ok(await put(library, demand, supply), 201)


async def test_what_is_done_is_fulfilled_once_and_keeps_its_place(library: Library) -> None:
    demand, supply, pairing = await library.demand(), await library.supply(), uuid4()
    ok(await put(library, demand, supply, pairing), 201)
    held, before = await states(library, demand, supply), len(await library.events())
    for _ in range(2):
        assert ok(await library.service.post(f"{PATH}/{pairing}/fulfil"))["status"] == "fulfilled"
    assert await states(library, demand, supply) == held
    assert [event["reason"] for event in (await library.events())[before:]] == ["fulfilled"]
    late = await library.service.post(f"{PATH}/{pairing}/release", json={"reason": "fell_through"})
    assert problem(late)[:2] == (409, "commitment-fulfilled")


async def test_what_is_unknown_or_given_back_is_not_fulfilled(library: Library) -> None:
    demand, supply, pairing = await library.demand(), await library.supply(), uuid4()
    assert problem(await library.service.post(f"{PATH}/{pairing}/fulfil"))[:2] == (404, "commitment-not-found")
    ok(await put(library, demand, supply, pairing), 201)
    ok(await library.service.post(f"{PATH}/{pairing}/release", json={"reason": "fell_through"}))
    assert problem(await library.service.post(f"{PATH}/{pairing}/fulfil"))[:2] == (409, "commitment-released")


async def test_a_release_of_a_closed_demand_keeps_it_closed(library: Library) -> None:
    demand, supply, pairing = await library.demand(), await library.supply(), uuid4()
    ok(await put(library, demand, supply, pairing), 201)
    covered = ok(await library.clerk.get(path_of("demand", demand)))
    ok(await change(library.clerk, f"{path_of('demand', demand)}/withdraw", covered))
    ok(await library.service.post(f"{PATH}/{pairing}/release", json={"reason": "withdrawn"}))
    assert (await states(library, demand, supply))[:2] == ("closed", 0)


async def test_what_is_unknown_or_fulfilled_is_not_released(library: Library, database: Database) -> None:
    unknown = await library.service.post(f"{PATH}/{uuid4()}/release", json={"reason": "x"})
    assert problem(unknown) == (404, "commitment-not-found", "path/pairing_id")
    demand, supply, pairing = await library.demand(), await library.supply(), uuid4()
    ok(await put(library, demand, supply, pairing), 201)
    async with database.transaction() as session:
        fulfilled = update(Commitment).values(status=CommitmentStatus.FULFILLED)
        await session.execute(fulfilled.execution_options(audit="a test"))
    refused = await library.service.post(f"{PATH}/{pairing}/release", json={"reason": "x"})
    assert problem(refused)[:2] == (409, "commitment-fulfilled")
    told = await library.service.post(f"{PATH}/{pairing}/release", json={"reason": "打13912345678"})
    assert problem(told)[2] == "/reason"


async def test_commitments_are_kept_by_services_and_seen_by_the_sides(library: Library) -> None:
    demand, supply, pairing = await library.demand(), await library.supply(), uuid4()
    ok(await put(library, demand, supply, pairing), 201)
    body = {"demand_id": demand["id"], "supply_id": supply["id"]}
    assert problem(await library.clerk.put(f"{PATH}/{uuid4()}", json=body))[:2] == (403, "not-allowed")
    refused = await library.province.post(f"{PATH}/{pairing}/release", json={"reason": "x"})
    assert problem(refused)[:2] == (403, "not-allowed")
    sides = [library.clerk, library.editor, library.organization, library.civil_affairs, library.province]
    for side in [*sides, library.service]:
        assert len(ok(await side.get(PATH))["items"]) == 1
        assert ok(await side.get(f"{PATH}/{pairing}"))["demand_id"] == demand["id"]
    for outsider in (library.other_county, library.stranger, library.other_civil_affairs):
        assert ok(await outsider.get(PATH))["items"] == []
        assert problem(await outsider.get(f"{PATH}/{pairing}"))[:2] == (404, "commitment-not-found")
    for filters in ({"demand_id": demand["id"]}, {"supply_id": supply["id"]}):
        assert len(ok(await library.service.get(PATH, params=filters))["items"]) == 1
        assert ok(await library.service.get(PATH, params=dict.fromkeys(filters, str(uuid4()))))["items"] == []
    snapshot = {"type": "projects.commitment.changed.v1"}
    [one] = ok(await library.service.get("/projects/v1/feed/snapshot", params=snapshot))["items"]
    rest = await library.service.get("/projects/v1/feed/snapshot", params=snapshot | {"after": one["subject"]})
    assert ok(rest)["items"] == []
    assert problem(await library.call(Role.PARTNER_APPLICATION).get(PATH))[:2] == (403, "grant-needed")


@pytest.mark.real_commits
async def test_a_hundred_at_once_get_exactly_the_twenty_units_there_are(live_library: Library) -> None:
    library = live_library
    supply = await library.supply(capacity_total=20)
    demands = [await library.demand(places=10) for _ in range(10)]
    answers = await asyncio.gather(*[put(library, demands[turn % 10], supply) for turn in range(100)])
    assert Counter(answer.status_code for answer in answers) == {201: 20, 409: 80}
    assert {problem(answer)[1] for answer in answers if answer.status_code == 409} == {"capacity-exhausted"}
    now = ok(await library.province.get(path_of("supply", supply)))
    assert (now["status"], now["capacity_used_here"]) == ("full", 20)
    held = ok(await library.service.get(PATH, params={"with_total": True, "limit": 1}))
    assert held["total"] == 20
    taken = [ok(await library.province.get(path_of("demand", one)))["places_taken"] for one in demands]
    assert sum(taken) == 20
    events = await library.events("projects.supply.changed.v1")
    assert events[-1]["data"]["capacity_used_here"] == 20
    versions = [event["aggregateversion"] for event in events]
    assert versions == sorted(set(versions))


@pytest.mark.real_commits
async def test_one_pairing_asked_for_at_once_by_many_holds_one_place(live_library: Library) -> None:
    library = live_library
    supply, demand, other = await library.supply(), await library.demand(places=3), await library.demand(places=3)
    pairing = uuid4()
    asked = [put(library, demand if turn % 2 else other, supply, pairing) for turn in range(12)]
    answers = Counter(answer.status_code for answer in await asyncio.gather(*asked))
    assert answers[201] == 1
    assert answers[200] == 5
    assert answers[422] == 6
    assert ok(await library.province.get(path_of("supply", supply)))["capacity_used_here"] == 1
