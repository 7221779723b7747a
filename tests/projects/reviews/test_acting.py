"""What an application does for an office or an organization is recorded as both, and counts for four eyes as both."""

import pytest
from sqlalchemy import select

from services.projects.demands.models import Demand
from shared.contracts.codes import Role
from shared.db import Database
from shared.testing import Caller, granted
from tests.projects.library import COMPLETE, COUNTY, DEMAND, SUPPLY, Library, change, ok, path_of, problem

WRITES = granted("demands.read", "demands.write", "supplies.read", "supplies.write", application="village-app")


def acting(library: Library, sub: str) -> Caller:
    return library.call(Role.RURAL_OFFICER, division=COUNTY, sub=sub, grant=WRITES)


async def submitted(library: Library, by: Caller) -> dict[str, object]:
    made = ok(await by.post("/projects/v1/demands", json=DEMAND | COMPLETE), 201)
    return dict(ok(await change(by, f"{path_of('demand', made)}/submit", made)))


async def test_what_an_application_submits_is_signed_by_both(library: Library, database: Database) -> None:
    await submitted(library, acting(library, "rural-a"))
    async with database.transaction() as session:
        demand = (await session.execute(select(Demand))).scalar_one()
    assert (demand.edited_by, demand.submitted_by) == ("village-app for rural-a",) * 2


async def test_the_grantor_does_not_review_what_the_application_submitted_for_it(library: Library) -> None:
    demand = await submitted(library, acting(library, "rural-b"))
    assert problem(await library.review("demand", demand, library.reviewer))[1] == "reviewer-is-submitter"
    namesake = library.call(Role.RURAL_OFFICER, division=COUNTY, sub="village-app")
    assert problem(await library.review("demand", demand, namesake))[1] == "reviewer-is-submitter"
    ok(await library.review("demand", demand, library.clerk), 201)


async def test_the_grantor_does_not_approve_what_the_application_edited_last(library: Library) -> None:
    draft = await library.demand("draft")
    path = path_of("demand", draft)
    edit = {"headers": {"If-Match": f'"{draft["version"]}"'}, "json": {"title": "应用改写的名称"}}
    edited = ok(await acting(library, "rural-b").patch(path, **edit))
    demand = ok(await change(library.clerk, f"{path}/submit", edited))
    assert problem(await library.review("demand", demand, library.reviewer))[1] == "reviewer-is-editor"


async def test_an_application_neither_reviews_nor_publishes_nor_lists_for_anybody(library: Library) -> None:
    caller = acting(library, "rural-b")
    waiting = await library.demand("submitted")
    assert problem(await library.review("demand", waiting, caller))[:2] == (403, "not-granted")
    approved = await library.demand("approved")
    for step in ("publish", "withdraw"):
        refused = await change(caller, f"{path_of('demand', approved)}/{step}", approved)
        assert problem(refused)[:2] == (403, "not-granted")
    supply = await library.supply("approved")
    seller = library.call(Role.ORGANIZATION, organization_id=library.organization_id, sub="organization", grant=WRITES)
    assert problem(await change(seller, f"{path_of('supply', supply)}/list", supply))[:2] == (403, "not-granted")
    ok(await seller.post("/projects/v1/supplies", json=SUPPLY), 201)


@pytest.mark.parametrize("scopes", [("demands.read",), ("supplies.write", "reviews.read")])
async def test_without_the_scope_nothing_is_drafted(library: Library, scopes: tuple[str, ...]) -> None:
    caller = library.call(Role.RURAL_OFFICER, division=COUNTY, sub="rural-a", grant=granted(*scopes))
    refused = await caller.post("/projects/v1/demands", json=DEMAND | COMPLETE)
    assert problem(refused)[:2] == (403, "not-granted")


async def test_the_grantor_and_the_application_do_not_share_idempotency_keys(library: Library) -> None:
    key = {"Idempotency-Key": "the-very-same"}
    own = ok(await library.clerk.post("/projects/v1/demands", json=DEMAND | COMPLETE, headers=key), 201)
    for_it = ok(await acting(library, "rural-a").post("/projects/v1/demands", json=DEMAND | COMPLETE, headers=key), 201)
    assert own["id"] != for_it["id"]
