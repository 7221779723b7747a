"""Organizations are found by part of their name, nearly so too, and by filters, page by page."""

import pytest
from sqlalchemy import text

from shared.contracts.codes import Role
from shared.db import new_id
from shared.testing import Call, Caller, SavepointDatabase
from tests.registry.records import (
    MIANYANG,
    NATIONAL,
    PATH,
    SANTAI,
    SICHUAN,
    ZHAOJUE,
    activate,
    create,
    credit_code,
    if_match,
    officer,
)

pytestmark = pytest.mark.usefixtures("places")
NAMES = ("凉山州索玛花公益服务中心", "三台县梓州助学协会", "绵阳市涪江生态保护中心")


@pytest.fixture
async def shelf(call: Call, places: None) -> None:
    keeper = officer(call, SICHUAN)
    first = await create(keeper, 1, name=NAMES[0], registered_division=ZHAOJUE, source_number="S01")
    await activate(keeper, first)
    association = credit_code(2, category="51")
    second = await create(keeper, 2, name=NAMES[1], type="association", credit_code=association)
    listed = {"status": "abnormal", "listed_on": "2026-01-05"}
    await keeper.put(f"{PATH}/{second['id']}/credit-standing", json=listed, headers=if_match(second))
    await create(keeper, 3, name=NAMES[2], registered_division=MIANYANG)


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "索玛花"}, {0}),
        ({"name": "花公"}, {0}),
        ({"name": "凉山州索码花公益服务中心"}, {0}),
        ({"name": "100%"}, set()),
        ({"credit_code": credit_code(2, category="51")}, {1}),
        ({"type": "association"}, {1}),
        ({"credit_status": "abnormal"}, {1}),
        ({"enrolment_status": "active"}, {0}),
        ({"source_number": "S01"}, {0}),
        ({"division": MIANYANG}, {1, 2}),
        ({"division": SANTAI}, {1}),
        ({"division": NATIONAL}, {0, 1, 2}),
        ({"division": MIANYANG, "type": "service_agency"}, {2}),
    ],
)
async def test_a_filter_finds_what_it_names(call: Call, query: dict[str, str], found: set[int]) -> None:
    answer = await call(Role.PROVINCIAL_OFFICER).get(PATH, params=query)
    assert {one["name"] for one in answer.json()["items"]} == {NAMES[index] for index in found}


@pytest.mark.usefixtures("shelf")
async def test_pages_follow_each_other_without_gap(call: Call) -> None:
    reader = call(Role.PROVINCIAL_OFFICER)
    seen: list[str] = []
    params: dict[str, str] = {"limit": "2", "with_total": "true"}
    while True:
        page = (await reader.get(PATH, params=params)).json()
        assert page["total"] == 3
        seen += [one["name"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert seen == list(NAMES)
    assert (await reader.get(PATH, params={"cursor": "nonsense"})).status_code == 422


@pytest.mark.parametrize("query", [{"type": "club"}, {"division": "51"}, {"credit_code": "x"}, {"name": "\x00"}])
async def test_a_filter_that_cannot_be_is_refused(call: Call, query: dict[str, str]) -> None:
    refused = await call(Role.PROVINCIAL_OFFICER).get(PATH, params=query)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == f"query/{next(iter(query))}"


async def test_the_trigram_index_serves_the_search(database: SavepointDatabase) -> None:
    async with database.transaction() as session:
        await session.execute(text("set local enable_seqscan = off"))
        query = "explain select id from organizations where name ilike '%索玛花%' or name %> '凉山州索码花公益'"
        plan = "\n".join((await session.execute(text(query))).scalars())
    assert plan.count("ix_organizations_name") == 2


@pytest.mark.usefixtures("shelf")
async def test_only_who_sees_an_office_s_number_finds_by_it(call: Call) -> None:
    async def found(caller: Caller, **params: str) -> list[str]:
        return [one["id"] for one in (await caller.get(PATH, params=params)).json()["items"]]

    [numbered] = await found(officer(call, SICHUAN), source_number="S01")
    itself = {"organization_id": numbered}
    for knowing in (
        call(Role.PROVINCIAL_OFFICER),
        call(Role.ORGANIZATION, **itself),
        call(Role.SUPERVISING_UNIT, **itself),
    ):
        assert await found(knowing, source_number="S01") == [numbered]
    for other in (
        call(Role.RURAL_OFFICER, division=ZHAOJUE),
        call(Role.ORGANIZATION, organization_id=new_id()),
        call(Role.SUPERVISING_UNIT),
        call(Role.PARTNER_APPLICATION),
    ):
        assert await found(other) == [numbered]
        assert await found(other, source_number="S01") == await found(other, source_number="S99") == []
