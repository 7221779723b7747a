"""Who sees which demands over HTTP, how exactly, and how they are found."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from services.projects.demands.models import Demand
from services.projects.demands.repository import DemandRepository
from services.projects.demands.repository import kept_by as kept_as_sql
from services.projects.demands.schemas import DemandFilter
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Database
from shared.paging import PageRequest
from shared.testing import Caller, granted
from tests.projects.library import (
    COMPLETE,
    COUNTY,
    DEMAND,
    OTHER_COUNTY,
    TOWN,
    Library,
    change,
    ok,
    path_of,
    problem,
    seen,
)

PATH = "/projects/v1/demands"
STATES = ["draft", "submitted", "returned", "approved", "published", "closed"]


@pytest.mark.parametrize("state", STATES)
async def test_outside_its_division_only_a_published_demand_exists(library: Library, state: str) -> None:
    demand = await library.demand(state)
    path = path_of("demand", demand)
    outsiders = [
        library.other_county,
        library.organization,
        library.civil_affairs,
        library.call(Role.PARTNER_APPLICATION),
        library.call(Role.SUPERVISING_UNIT, organization_id=uuid4()),
        library.call(Role.VILLAGE_EDITOR, division=OTHER_COUNTY),
    ]
    for insider in (library.clerk, library.editor, library.province):
        assert ok(await insider.get(path))["policy_gap"] == COMPLETE["policy_gap"]
        assert len(ok(await insider.get(PATH))["items"]) == 1
    for outsider in outsiders:
        answer, listed = await outsider.get(path), ok(await outsider.get(PATH))["items"]
        if state == "published":
            hidden = {"policy_gap", "monitored_persons", "survey_stage", "submitted_by", "remark", "provenance"}
            assert not hidden & set(ok(answer))
            assert listed == [answer.json()]
        else:
            assert problem(answer) == (404, "demand-not-found", "path/demand_id")
            assert listed == []
    unknown = await library.other_county.get(f"{PATH}/{uuid4()}")
    assert problem(unknown) == (404, "demand-not-found", "path/demand_id")


async def test_another_county_changes_nothing_and_does_not_learn_of_drafts(library: Library) -> None:
    published, draft = await library.demand(), await library.demand("draft")
    seen_path, unseen_path = path_of("demand", published), path_of("demand", draft)
    other = library.other_county
    assert problem(await change(other, f"{seen_path}/withdraw", published))[:2] == (403, "out-of-scope")
    assert problem(await change(other, f"{unseen_path}/withdraw", draft))[:2] == (404, "demand-not-found")
    assert problem(await other.patch(unseen_path, json={}, headers=seen(draft)))[:2] == (404, "demand-not-found")


async def test_small_counts_are_masked_in_public_and_exact_for_officials(library: Library) -> None:
    demand = await library.demand(persons=4, households=1, monitored_persons=1)
    public = ok(await library.organization.get(path_of("demand", demand)))
    assert (public["persons"], public["households"]) == (None, None)
    listed = next(one for one in ok(await library.organization.get(PATH))["items"] if one["id"] == demand["id"])
    assert (listed["persons"], listed["households"]) == (None, None)
    exact = ok(await library.clerk.get(path_of("demand", demand)))
    assert (exact["persons"], exact["households"], exact["monitored_persons"]) == (4, 1, 1)


async def test_no_difference_between_two_public_counts_is_small(library: Library) -> None:
    before = await library.demand(persons=39, households=11)
    after = await library.demand(persons=42, households=9)
    shown = [ok(await library.organization.get(path_of("demand", one))) for one in (before, after)]
    assert [(one["persons"], one["households"]) for one in shown] == [(35, 10), (40, 5)]


@pytest.mark.parametrize("role", Role)
async def test_who_keeps_a_demand_is_the_same_in_sql_and_in_python(
    library: Library, database: Database, role: Role
) -> None:
    await library.demand()
    by = Principal("x", role, division=COUNTY, organization_id=library.organization_id)
    async with database.transaction() as session:
        everything = await DemandRepository(session).list_page(
            visible_to=Principal("p", Role.PROVINCIAL_OFFICER), wanted=DemandFilter(), page=PageRequest()
        )
        for demand in everything.items:
            query = Demand.__table__.select().where(Demand.id == demand.id, kept_as_sql(by))
            found = (await session.execute(query)).first() is not None
            # The service locks demands for commitments, and no route shows it one.
            assert found == (demand.is_kept_by(by) or role is Role.SERVICE)


async def test_lists_are_filtered_paged_and_counted(library: Library) -> None:
    first = await library.demand("published")
    second = await library.demand("draft", title="村小图书角", fields=["education"], division=COUNTY)
    third = await library.demand("approved", title="山坪塘清淤 A12", fields=["industry", "agritech"])

    async def found(**params: Any) -> list[str]:
        return [one["id"] for one in ok(await library.clerk.get(PATH, params=params))["items"]]

    a, b, c = first["id"], second["id"], third["id"]
    assert await found() == [c, b, a]
    assert await found(status=["draft", "published"]) == [b, a]
    assert await found(field="agritech") == [c, a]
    assert await found(division=TOWN) == [c, a]
    assert await found(division=OTHER_COUNTY) == []
    assert await found(source_number="XQ001") == []
    assert await found(import_id=str(uuid4())) == []
    page = ok(await library.clerk.get(PATH, params={"limit": 2, "with_total": True}))
    assert (page["total"], [one["id"] for one in page["items"]]) == (3, [c, b])
    assert await found(limit=2, cursor=page["next_cursor"]) == [a]
    assert problem(await library.clerk.get(PATH, params={"status": "lost"}))[2] == "query/status/0"


@pytest.mark.parametrize(
    ("q", "hit"),
    [
        ("核桃", True),
        ("核", True),
        ("桃核", False),
        ("嫁接和修剪", True),
        ("核桃 修剪", True),
        ("苹果", False),
        ("!?", False),
    ],
)
async def test_demands_are_found_by_chinese_words(library: Library, q: str, hit: bool) -> None:
    await library.demand()
    assert bool(ok(await library.organization.get(PATH, params={"q": q}))["items"]) is hit


async def test_an_application_never_sees_what_is_for_officials_only(library: Library) -> None:
    grant = granted("demands.read", "demands.write")
    acting = library.call(Role.RURAL_OFFICER, division=COUNTY, sub="rural-a", grant=grant)
    hidden = {"policy_gap", "monitored_persons"}
    theirs = await library.demand("draft", persons=40, monitored_persons=9)
    made = ok(await acting.post(PATH, json=DEMAND | COMPLETE | {"monitored_persons": 9}), 201)
    edited = ok(await acting.patch(path_of("demand", made), json={"policy_gap": "改写的缺口"}, headers=seen(made)))
    submitted = ok(await change(acting, f"{path_of('demand', made)}/submit", edited))
    read = ok(await acting.get(path_of("demand", theirs)))
    listed = ok(await acting.get(PATH))["items"]
    for shown in (made, edited, submitted, read, *listed):
        assert not hidden & shown.keys()
        # What it works with for the office it sees as the office does.
        assert {"submitted_by", "remark", "provenance"} <= shown.keys()
    assert read["persons"] == 40
    whole = ok(await library.clerk.get(path_of("demand", made)))
    assert (whole["policy_gap"], whole["monitored_persons"]) == ("改写的缺口", 9)


async def test_filters_tell_nothing_of_what_the_caller_does_not_see(library: Library, database: Database) -> None:
    await library.demand("published")
    async with database.transaction() as session:
        numbered = update(Demand).values(source_number="XQ-77", import_id=(import_id := uuid4()))
        await session.execute(numbered.execution_options(audit="a test"))
    draft = await library.demand("draft")
    async with database.transaction() as session:
        numbered = update(Demand).where(Demand.id == draft["id"]).values(source_number="XQ-78", import_id=import_id)
        await session.execute(numbered.execution_options(audit="a test"))

    async def count(caller: Caller, **params: str) -> int:
        return int(ok(await caller.get(PATH, params={**params, "with_total": "true"}))["total"])

    for caller, of_import, of_draft in ((library.clerk, 2, 1), (library.organization, 0, 0)):
        # The number of a published demand is public, that of a draft is not; nobody else is shown an import.
        assert await count(caller, source_number="XQ-77") == 1
        assert await count(caller, source_number="XQ-78") == of_draft
        assert await count(caller, import_id=str(import_id)) == of_import
