"""What the report of an import says: rows that were repeated, amounts and dates to look at, and not before its end."""

import io

import pytest
from openpyxl import load_workbook

from shared.db import Database
from tests.projects.imports.importing import IMPORTS
from tests.projects.imports.sample import DEMAND_CELLS, import_file, sheet_of, upload
from tests.projects.library import Library, ok, problem

NO_DAY = {"期望完成日期": ""}


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ({}, "以第2行为准，本行未导入。"),
        ({"受益人数": "很多"}, "第2行也未通过，两行都未导入。"),
    ],
)
async def test_a_repeated_row_is_told_which_row_counts(
    database: Database, library: Library, first: dict[str, str], said: str
) -> None:
    content = sheet_of(DEMAND_CELLS, first, {})
    _, imported = await import_file(database, library.clerk, "demands", content)
    rows = ok(await library.clerk.get(f"{IMPORTS}/{imported['id']}/rows"))["items"]
    assert said in rows[1]["errors"][0]["zh"]
    assert imported["summary"]["created"] == (0 if first else 1)


async def test_a_report_tells_new_rows_from_those_on_record(database: Database, library: Library) -> None:
    await import_file(database, library.clerk, "demands", sheet_of(DEMAND_CELLS))
    rows = ({}, {"需求编号": "X2", "需求名称": "村道不亮", "需求描述": "想装路灯"})
    _, imported = await import_file(database, library.clerk, "demands", sheet_of(DEMAND_CELLS, *rows))
    answer = await library.clerk.get(f"{IMPORTS}/{imported['id']}/report")
    book = load_workbook(io.BytesIO(answer.content))
    assert [row[3] for row in book["逐行结果"].iter_rows(min_row=2, values_only=True)] == ["与已有内容相同", "新增"]
    totals = dict(row[:2] for row in book["汇总"].iter_rows(values_only=True))
    assert (totals["通过"], totals["新增"], totals["与已有内容相同"]) == (2, 1, 1)


async def test_more_money_secured_than_needed_is_pointed_out(database: Database, library: Library) -> None:
    content = sheet_of(
        DEMAND_CELLS | {"已落实资金(万元)": "8"},
        {},
        {"需求编号": "X2", "需求名称": "村道不亮", "已落实资金(万元)": "8.01"},
    )
    _, imported = await import_file(database, library.clerk, "demands", content)
    rows = ok(await library.clerk.get(f"{IMPORTS}/{imported['id']}/rows"))["items"]
    assert [[one["code"] for one in row["warnings"]] for row in rows] == [[], ["secured_exceeds_budget"]]
    assert rows[1]["warnings"][0]["facts"] == {"column": "资金需求(万元)"}


async def test_a_row_without_its_last_day_is_a_draft_that_cannot_be_submitted(
    database: Database, library: Library
) -> None:
    _, imported = await import_file(database, library.clerk, "demands", sheet_of(DEMAND_CELLS | NO_DAY))
    [row] = ok(await library.clerk.get(f"{IMPORTS}/{imported['id']}/rows"))["items"]
    assert [(one["code"], one["field"]) for one in row["warnings"]] == [("needed_to_submit", "期望完成日期")]
    [draft] = ok(await library.clerk.get("/projects/v1/demands", params={"import_id": imported["id"]}))["items"]
    path, seen = f"/projects/v1/demands/{draft['id']}", {"If-Match": f'"{draft["version"]}"'}
    assert problem(await library.clerk.post(f"{path}/submit", headers=seen)) == (422, "demand-incomplete", "/ends_on")
    edited = ok(await library.clerk.patch(path, json={"ends_on": "2027-12-31"}, headers=seen))
    seen = {"If-Match": f'"{edited["version"]}"'}
    assert ok(await library.clerk.post(f"{path}/submit", headers=seen))["status"] == "submitted"


async def test_there_is_no_report_before_the_import_is_done(database: Database, library: Library) -> None:
    operation = ok(await upload(library.clerk, "demands", sheet_of(DEMAND_CELLS)), 202)
    [imported] = ok(await library.clerk.get(IMPORTS))["items"]
    early = await library.clerk.get(f"{IMPORTS}/{imported['id']}/report", headers={"Accept-Language": "en"})
    assert problem(early)[:2] == (409, "import-still-running")
    assert f"operations/{operation['id']}" in early.json()["detail"]
