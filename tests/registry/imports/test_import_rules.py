"""A row changes what it says and no more, within the officer's scope; an empty cell clears nothing."""

import pytest
from sqlalchemy import text

from shared.china.uscc import compute_check_character
from shared.clock import AS_OF
from shared.testing import Call, SavepointDatabase
from tests.registry.imports.posting import (
    agency,
    list_all,
    rows_of,
    run_import,
    sheet,
)
from tests.registry.records import (
    MIANYANG,
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


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(AS_OF, "2026-11-22")


async def test_an_office_imports_within_its_scope_only(call: Call, database: SavepointDatabase) -> None:
    content = sheet(
        agency(1),
        agency(2, 登记地区代码="513431"),
        agency(3, 登记地区代码="330000"),
        agency(4, 登记地区代码="100000"),
    )
    operation = await run_import(call, database, content, "机构.csv", division=MIANYANG)
    rows = await rows_of(call, operation["result"]["import_id"], MIANYANG)
    assert [(row["effect"], [one["code"] for one in row["errors"]]) for row in rows.values()] == [
        ("created", []),
        (None, ["region_out_of_scope"]),
        ("created", []),
        ("created", []),
    ]
    assert rows[3]["errors"][0]["field"] == "登记地区代码"
    placed = {one["name"][-2]: one["record_division"] for one in await list_all(call)}
    assert placed == {"1": SANTAI, "3": MIANYANG, "4": MIANYANG}


async def test_a_record_of_another_office_is_not_touched(call: Call, database: SavepointDatabase) -> None:
    content = sheet(agency(1, 登记地区代码="100000"))
    await run_import(call, database, content, "机构.csv", division=ZHAOJUE)
    before = await list_all(call)
    changed = sheet(agency(1, 登记地区代码="100000", 业务范围="别的"))
    operation = await run_import(call, database, changed, "机构.csv", division=MIANYANG)
    rows = await rows_of(call, operation["result"]["import_id"], MIANYANG)
    assert [one["code"] for one in rows[2]["errors"]] == ["recorded_elsewhere"]
    assert await list_all(call) == before
    above = await run_import(call, database, changed, "机构.csv", division=SICHUAN)
    assert above["result"]["changed"] == 1
    assert (await list_all(call))[0]["record_division"] == ZHAOJUE


async def test_a_changed_row_changes_its_organization_and_an_empty_cell_clears_nothing(
    call: Call, database: SavepointDatabase
) -> None:
    full = agency(
        1, 评估等级="4A", 评估有效期至="2028-05-31", **{"年检(年报)年度": "2025"}, 年检结论="合格", 是否慈善组织="是",
        公开募捐资格="有", 公募资格有效期至="2027-12-31", 税前扣除资格有效期至="2027-12-31", 机构编号="S01",
    )  # fmt: skip
    await run_import(call, database, sheet(full))
    [before] = await list_all(call)
    assert {one["kind"] for one in before["qualifications"]} == {"charity", "public_fundraising", "pretax_deduction"}
    same = await run_import(call, database, sheet(agency(1)))
    assert same["result"]["unchanged"] == 1
    later = agency(
        1, 信用状态="活动异常名录", 列入名录日期="2026-10-01", **{"年检(年报)年度": "2024"}, 年检结论="不合格"
    )
    assert (await run_import(call, database, sheet(later)))["result"]["changed"] == 1
    assert (await run_import(call, database, sheet(later)))["result"]["unchanged"] == 1
    [after] = await list_all(call)
    assert (after["credit_status"], after["credit_listed_on"]) == ("abnormal", "2026-10-01")
    assert (after["annual_check_year"], after["assessment_grade"], after["source_number"]) == (2025, "4A", "S01")
    assert after["qualifications"] == before["qualifications"]
    history = await officer(call, SICHUAN).get(f"{PATH}/{after['id']}/supervision-records")
    checks = [(one["year"], one["result"]) for one in history.json()["items"] if one["kind"] == "annual_check"]
    assert checks == [(2024, "failed"), (2025, "passed")]


@pytest.mark.parametrize(
    ("later", "states"),
    [
        ({"公开募捐资格": "有", "公募资格有效期至": "2027-12-31", "公募资格状态": "已被吊销"}, ["revoked"]),
        ({"公开募捐资格": "有", "公募资格有效期至": "2030-12-31"}, ["expired", "verified"]),
        ({"公开募捐资格": "无"}, ["expired", "verified"]),
        ({"公开募捐资格": "未知"}, ["verified"]),
    ],
)
async def test_an_imported_qualification_is_revoked_renewed_or_left_as_it_is(
    call: Call, database: SavepointDatabase, later: dict[str, str], states: list[str]
) -> None:
    first = agency(1, 公开募捐资格="有", 公募资格有效期至="2027-12-31")
    await run_import(call, database, sheet(first))
    await run_import(call, database, sheet(agency(1, **later)))
    again = await run_import(call, database, sheet(agency(1, **later)))
    assert again["result"]["unchanged"] == 1
    [organization] = await list_all(call)
    listed = await officer(call).get(f"{PATH}/{organization['id']}/qualifications")
    assert [one["status"] for one in listed.json()["items"]] == states
    held = [one["held"] for one in organization["qualifications"]]
    assert held == [later["公开募捐资格"] != "无"]


async def test_a_revoked_one_can_be_granted_anew_and_an_expired_one_is_no_news(
    call: Call, database: SavepointDatabase
) -> None:
    revoked = agency(1, 公开募捐资格="有", 公募资格有效期至="2027-12-31", 公募资格状态="已被吊销")
    await run_import(call, database, sheet(revoked))
    anew = agency(1, 公开募捐资格="有", 公募资格有效期至="2026-01-31")
    assert (await run_import(call, database, sheet(anew)))["result"]["changed"] == 1
    async with database.transaction() as session:
        await session.execute(text("update qualifications set status = 'expired' where status = 'verified'"))
    assert (await run_import(call, database, sheet(anew)))["result"]["unchanged"] == 1


async def test_a_filed_group_is_recognised_by_its_name_and_place(call: Call, database: SavepointDatabase) -> None:
    await run_import(call, database, sheet({}))
    assert (await run_import(call, database, sheet({"业务范围": "助老"})))["result"]["changed"] == 1
    assert (await run_import(call, database, sheet({"登记地区代码": "513431"})))["result"]["created"] == 1
    assert len(await list_all(call)) == 2


async def test_an_import_activates_what_is_pending_and_leaves_a_suspension(
    call: Call, database: SavepointDatabase
) -> None:
    await create(officer(call), 1)
    second = await activate(officer(call), await create(officer(call), 2))
    await officer(call).post(f"{PATH}/{second['id']}/suspend", headers=if_match(second))
    await run_import(call, database, sheet(agency(1), agency(2)))
    assert [one["enrolment_status"] for one in await list_all(call)] == ["active", "suspended"]


async def test_a_changed_registration_moves_the_record(call: Call, database: SavepointDatabase) -> None:
    await run_import(call, database, sheet(agency(1)))
    moved = await run_import(call, database, sheet(agency(1, 登记地区代码="510700")))
    assert moved["result"]["changed"] == 1
    assert (await list_all(call))[0]["record_division"] == MIANYANG


async def test_fundraisers_are_named_whatever_the_order_of_the_rows(call: Call, database: SavepointDatabase) -> None:
    partner = "合作募捐方统一社会信用代码"
    absent = "53100000MJ9999999"
    content = sheet(
        agency(1, **{partner: credit_code(2)}),
        agency(2, **{partner: credit_code(3)}),
        agency(3),
        agency(4, **{partner: absent + compute_check_character(absent)}),
        agency(5, **{partner: credit_code(5)}),
        agency(6, **{partner: credit_code(7)}),
        agency(7, **{partner: credit_code(6)}),
    )
    operation = await run_import(call, database, content)
    rows = await rows_of(call, operation["result"]["import_id"])
    warned = {row["row"] - 1: [one["code"] for one in row["warnings"]] for row in rows.values()}
    new = {number: [code for code in codes if not code.startswith("uscc_")] for number, codes in warned.items()}
    assert new == {1: [], 2: [], 3: [], 4: ["org_not_found"], 5: ["partner_is_self"], 6: ["org_not_found"], 7: []}
    by_name = {one["name"][-2]: one for one in await list_all(call)}
    partners = {name: one["fundraiser_id"] for name, one in by_name.items()}
    assert partners == {
        "1": by_name["2"]["id"], "2": by_name["3"]["id"], "3": None, "4": None, "5": None, "6": None,
        "7": by_name["6"]["id"],
    }  # fmt: skip
    again = (await run_import(call, database, content))["result"]
    assert (again["unchanged"], again["changed"]) == (6, 1)  # the circle closes with the second import
