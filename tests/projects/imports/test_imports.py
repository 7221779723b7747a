"""Imports over HTTP: the sample files, replays after a kill, re-imports, scope, reports, and refused files."""

import asyncio
import io
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from services.projects.worker import handlers
from shared.contracts.codes import Role
from shared.db import Database
from shared.imports import actions, consumers
from shared.jobs import JobWorker
from shared.testing import Caller
from tests.projects.imports.sample import (
    DEMAND_CELLS,
    DEMO,
    SUPPLY_CELLS,
    import_file,
    mirror_sample,
    run_import,
    sheet_of,
    upload,
)
from tests.projects.library import NATION, Library, change, ok, path_of, problem
from tests.shared.expected_rows import SAMPLE, expectations

IMPORTS = "/projects/v1/imports"


@pytest.fixture(autouse=True)
def the_day_of_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIANGQIAO_AS_OF", "2026-11-22")


@pytest.fixture
def nation(library: Library) -> Caller:
    return library.call(Role.RURAL_OFFICER, division=NATION, sub="rural-nation")


def summary(**counts: int) -> dict[str, int]:
    names = ("accepted", "accepted_with_warning", "rejected", "ignored", "created", "changed", "unchanged")
    return {name: counts.get(name, 0) for name in names}


async def listed(caller: Caller, path: str, **params: Any) -> list[dict[str, Any]]:
    return list(ok(await caller.get(f"/projects/v1/{path}", params={"limit": 200, **params}))["items"])


async def test_the_ninety_demands_become_drafts_and_a_second_import_changes_nothing(
    database: Database, library: Library, nation: Caller
) -> None:
    await mirror_sample(database)
    content = (DEMO / "demands.xlsx").read_bytes()
    operation, imported = await import_file(database, nation, "demands", content, "demands.xlsx")
    assert operation["result"] == {"import_id": imported["id"], **summary(accepted=90, created=90)}
    assert operation["progress"] == {"steps_done": 90, "steps_total": 90}
    assert (operation["kind"], imported["sheet"], imported["file_name"]) == ("import_demands", "填报表", "demands.xlsx")
    drafts = await listed(nation, "demands", import_id=imported["id"])
    assert {one["status"] for one in drafts} == {"draft"}
    assert Counter(one["survey_stage"] for one in drafts)["admitted"] == 71
    first = next(one for one in drafts if one["source_number"] == "XQ001")
    assert (first["division"][:6], first["budget_fen"], first["town_name"]) == ("513436", 42_000_000, "牛牛坝镇")
    assert first["owner_division"] == "513436000000"
    assert first["policy_gap"]
    assert await library.events() == []
    before = {one["id"]: one["version"] for one in drafts}
    again, _ = await import_file(database, nation, "demands", content, "demands.xlsx")
    assert again["result"] == {"import_id": again["result"]["import_id"], **summary(accepted=90, unchanged=90)}
    assert {one["id"]: one["version"] for one in await listed(nation, "demands")} == before
    for demand in drafts[:3]:
        ok(await change(nation, f"{path_of('demand', demand)}/submit", demand))


async def test_the_137_supplies_find_their_organizations(database: Database, library: Library) -> None:
    await mirror_sample(database)
    content = (DEMO / "supplies.xlsx").read_bytes()
    operation, imported = await import_file(database, library.civil_affairs, "supplies", content, "supplies.xlsx")
    assert operation["result"] == {"import_id": imported["id"], **summary(accepted=137, created=137)}
    drafts = await listed(library.civil_affairs, "supplies", import_id=imported["id"])
    assert {one["status"] for one in drafts} == {"draft"}
    first = next(one for one in drafts if one["source_number"] == "DS001")
    assert (first["capacity_total"], first["capacity_used_elsewhere"]) == (40, 31)
    assert (first["service_regions"], first["available_fen"]) == (["*"], 600_000_000)
    for supply in drafts:
        ok(await change(library.civil_affairs, f"{path_of('supply', supply)}/submit", supply))
    again, _ = await import_file(database, library.civil_affairs, "supplies", content, "supplies.xlsx")
    assert again["result"]["unchanged"] == 137


@pytest.mark.parametrize(
    ("kind", "file"),
    [("demands", "demands_dirty.xlsx"), ("demands", "demands_gb18030.csv"), ("supplies", "supplies_dirty.xlsx")],
)
async def test_dirty_files_come_out_row_by_row_as_expected(
    database: Database, library: Library, nation: Caller, kind: str, file: str
) -> None:
    await mirror_sample(database)
    officer = nation if kind == "demands" else library.civil_affairs
    operation, imported = await import_file(database, officer, kind, (SAMPLE / file).read_bytes(), file)
    rows = {row["row"]: row for row in await listed(officer, f"imports/{imported['id']}/rows")}
    for expected in expectations(file)["rows"]:
        outcome = {"refuse_or_mask": "reject"}.get(expected["outcome"], expected["outcome"])
        if outcome == "ignore":
            assert expected["row"] not in rows or rows[expected["row"]]["outcome"] == "ignore"
            continue
        row = rows[expected["row"]]
        assert row["outcome"] == outcome, (expected, row)
        assert {one["code"] for one in expected["errors"]} <= {one["code"] for one in row["errors"]}
        assert (row["effect"] is None) == (outcome == "reject")
    counts = Counter(row["outcome"] for row in rows.values())
    result = operation["result"]
    assert result["rejected"] == counts["reject"] > 0
    assert result["created"] == counts["accept"] + counts["accept_with_warning"]
    assert len(await listed(officer, kind, import_id=imported["id"])) == result["created"]
    texts = str(rows) + str(imported)
    for secret in ("19900000001", "519999190001010016", "6222000000000000004"):
        assert secret not in texts


async def test_a_county_imports_its_own_demands_only(database: Database, library: Library) -> None:
    elsewhere = {"需求编号": "X2", "县(市、区)代码": "510722", "县(市、区)": "三台县", "乡镇(街道)": ""}
    content = sheet_of(DEMAND_CELLS, {}, elsewhere)
    operation, imported = await import_file(database, library.clerk, "demands", content)
    assert operation["result"] == {"import_id": imported["id"], **summary(accepted=1, rejected=1, created=1)}
    [row] = await listed(library.clerk, f"imports/{imported['id']}/rows", outcome="reject")
    assert (row["row"], row["key"], row["subject_id"]) == (3, "X2", None)
    [error] = row["errors"]
    assert (error["code"], error["field"]) == ("demand_out_of_scope", "县(市、区)代码")
    assert "管辖" in error["zh"]
    assert "division" in error["en"]
    [demand] = await listed(library.clerk, "demands")
    assert (demand["division"], demand["survey_stage"]) == ("513431100000", "visited")
    assert demand["provenance"]["source"] == "imported"


async def test_a_civil_affairs_office_imports_for_organizations_of_its_own_record(
    database: Database, library: Library
) -> None:
    content = sheet_of(SUPPLY_CELLS)
    foreign, _ = await import_file(database, library.other_civil_affairs, "supplies", content)
    assert foreign["result"]["rejected"] == 1
    own, imported = await import_file(database, library.civil_affairs, "supplies", content)
    assert own["result"]["created"] == 1
    [row] = await listed(library.civil_affairs, f"imports/{imported['id']}/rows")
    supply = ok(await library.organization.get(f"/projects/v1/supplies/{row['subject_id']}"))
    assert supply["organization_id"] == str(library.organization_id)
    assert supply["capacity_used_elsewhere"] == 1


async def test_a_second_import_changes_drafts_and_leaves_what_is_in_review_alone(
    database: Database, library: Library
) -> None:
    async def bring(cells: dict[str, str], officer: Caller, kind: str, **changes: str) -> tuple[str, dict[str, Any]]:
        _, imported = await import_file(database, officer, kind, sheet_of(cells, changes))
        [row] = await listed(officer, f"imports/{imported['id']}/rows")
        return row["effect"], ok(await officer.get(f"/projects/v1/{kind}/{row['subject_id']}"))

    for cells, officer, reviewer, kind, title in (
        (DEMAND_CELLS, library.clerk, library.reviewer, "demands", "需求名称"),
        (SUPPLY_CELLS, library.civil_affairs, library.civil_reviewer, "supplies", "供给项目名称"),
    ):
        single = kind[:-1] if kind == "demands" else "supply"
        assert (await bring(cells, officer, kind))[0] == "created"
        effect, thing = await bring(cells, officer, kind, **{title: "改过的名称"})
        assert (effect, thing["title"]) == ("changed", "改过的名称")
        submitted = ok(await change(officer, f"{path_of(single, thing)}/submit", thing))
        effect, thing = await bring(cells, officer, kind, **{title: "又改名称"})
        assert (effect, thing["title"]) == ("kept", "改过的名称")
        returned = await library.review(single, submitted, reviewer, decision="return", note="请核对名称")
        ok(returned, 201)
        effect, thing = await bring(cells, officer, kind, **{title: "又改名称"})
        assert (effect, thing["title"], thing["status"]) == ("changed", "又改名称", "returned")
        assert (await library.events())[-1]["reason"] == "imported"


@pytest.mark.parametrize("survived", [0, 1, 2, 4])
async def test_an_import_that_is_killed_goes_on_where_it_was(
    database: Database, library: Library, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    rows = [{"需求编号": f"X{turn}", "需求名称": f"山坪塘{turn}号"} for turn in range(25)]
    monkeypatch.setattr(consumers, "ROWS_A_STEP", 10)
    begun = ok(await upload(library.clerk, "demands", sheet_of(DEMAND_CELLS, *rows)), 202)
    steps = 0
    really_apply, really_finish = actions.apply_rows, actions.finish_import

    class Killed(Exception):
        pass

    async def apply(session: Any, **given: Any) -> None:
        nonlocal steps
        await really_apply(session, **given)
        if steps == survived:
            raise Killed
        steps += 1

    async def finish(session: Any, **given: Any) -> None:
        await really_finish(session, **given)
        raise Killed

    with monkeypatch.context() as killed:
        killed.setattr(actions, "apply_rows", apply)
        killed.setattr(actions, "finish_import", finish)
        with pytest.raises(Killed):
            await run_import(database, library.clerk, begun)
    halfway = ok(await library.clerk.get(f"/projects/v1/operations/{begun['id']}"))
    assert not halfway["done"]
    assert halfway["progress"]["steps_done"] == min(10 * survived, 25)
    assert len(await listed(library.clerk, "demands")) == min(10 * survived, 25)
    imported = await run_import(database, library.clerk, begun)
    assert imported["summary"] == summary(accepted=25, created=25)
    assert await run_import(database, library.clerk, begun) == imported
    assert len(await listed(library.clerk, "demands")) == 25
    done = ok(await library.clerk.get(f"/projects/v1/operations/{begun['id']}"))
    assert done["result"]["created"] == 25


@pytest.mark.real_commits
async def test_the_worker_carries_out_an_import_once_although_two_try(
    live_database: Database, live_library: Library
) -> None:
    rows = [{"需求编号": f"X{turn}", "需求名称": f"山坪塘{turn}号"} for turn in range(120)]
    clerk = live_library.clerk
    begun = ok(await upload(clerk, "demands", sheet_of(DEMAND_CELLS, *rows)), 202)
    [imported] = ok(await clerk.get(IMPORTS))["items"]
    stop = asyncio.Event()
    worker = asyncio.create_task(JobWorker(live_database.url, handlers(live_database)).run(stop))
    other = asyncio.create_task(handlers(live_database)["import_workbook"]({"import_id": imported["id"]}))
    try:
        for _ in range(200):
            operation = ok(await clerk.get(f"/projects/v1/operations/{begun['id']}"))
            if operation["done"]:
                break
            await asyncio.sleep(0.1)
    finally:
        stop.set()
        await asyncio.gather(worker, other)
    assert operation["result"] == {"import_id": imported["id"], **summary(accepted=120, created=120)}
    assert ok(await clerk.get("/projects/v1/demands", params={"with_total": True, "limit": 1}))["total"] == 120


async def test_an_old_workbook_is_refused_as_a_whole(database: Database, library: Library) -> None:
    content = (SAMPLE / "supplies_old_xls.xlsx").read_bytes()
    operation, imported = await import_file(database, library.civil_affairs, "supplies", content, "supplies.xlsx")
    assert operation["result"] is None
    assert operation["error"]["type"] == "/projects/problems/file-refused"
    assert imported["refused"]
    assert [one["code"] for one in imported["findings"]] == ["file_format_mismatch"]
    assert imported["summary"] == summary()
    kind = await library.civil_affairs.get(operation["error"]["type"])
    assert ok(kind)["remedy"]["en"].startswith("Read the findings")


async def test_uploads_that_cannot_be_taken(library: Library) -> None:
    content = sheet_of(DEMAND_CELLS)
    assert problem(await upload(library.clerk, "demands", b"")) == (422, "file-empty", "/file")
    assert problem(await upload(library.clerk, "supplies", content)) == (403, "not-allowed", "/kind")
    assert problem(await upload(library.civil_affairs, "demands", content))[:2] == (403, "not-allowed")
    assert problem(await upload(library.organization, "supplies", content))[:2] == (403, "not-allowed")
    assert problem(await upload(library.clerk, "pairings", content)) == (422, "invalid-request", "/kind")
    nowhere = library.call(Role.RURAL_OFFICER, sub="nowhere")
    assert problem(await upload(nowhere, "demands", content))[:2] == (403, "out-of-scope")
    assert ok(await nowhere.get(IMPORTS))["items"] == []
    without = await library.clerk._client.post(IMPORTS, data={"kind": "demands"}, files={"file": ("a", content)})
    assert problem(without)[:2] == (400, "idempotency-key-missing")


async def test_an_upload_that_is_sent_twice_begins_one_import(library: Library) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\ndemands\r\n'
    body += b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    body += sheet_of(DEMAND_CELLS) + b"\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Idempotency-Key": str(uuid4())}
    first = await library.clerk.post(IMPORTS, content=body, headers=headers)
    again = await library.clerk.post(IMPORTS, content=body, headers=headers)
    assert (first.status_code, first.json()) == (202, again.json())
    assert first.headers["location"] == f"/projects/v1/operations/{first.json()['id']}"
    assert len(ok(await library.clerk.get(IMPORTS))["items"]) == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\文件\\昭觉县需求.csv", "昭觉县需求.csv"),
        ("../../etc/需求.csv", "需求.csv"),
        ("联系电话13912345678.csv", "….csv"),
    ],
)
async def test_a_file_keeps_its_name_without_folders_and_personal_data(library: Library, given: str, kept: str) -> None:
    ok(await upload(library.clerk, "demands", sheet_of(DEMAND_CELLS), given), 202)
    [imported] = ok(await library.clerk.get(IMPORTS))["items"]
    assert imported["file_name"] == kept


async def test_imports_are_seen_by_their_office_and_the_province(database: Database, library: Library) -> None:
    _, imported = await import_file(database, library.clerk, "demands", sheet_of(DEMAND_CELLS))
    paths = [f"{IMPORTS}/{imported['id']}{tail}" for tail in ("", "/rows", "/report")]
    for insider in (library.clerk, library.reviewer, library.province):
        assert [one["id"] for one in ok(await insider.get(IMPORTS))["items"]] == [imported["id"]]
        assert [(await insider.get(path)).status_code for path in paths] == [200] * 3
    for outsider in (library.other_county, library.civil_affairs):
        assert ok(await outsider.get(IMPORTS))["items"] == []
        for path in paths:
            assert problem(await outsider.get(path))[:2] == (404, "import-not-found")
    assert problem(await library.organization.get(IMPORTS))[:2] == (403, "not-allowed")


async def test_the_report_is_a_workbook_in_the_language_asked_for(database: Database, library: Library) -> None:
    content = sheet_of(DEMAND_CELLS, {}, {"需求编号": "X2", "受益人数": "很多"})
    _, imported = await import_file(database, library.clerk, "demands", content)
    path = f"{IMPORTS}/{imported['id']}/report"
    for language, sheet, outcome in (("zh-CN", "逐行结果", "未通过"), ("en", "Rows", "rejected")):
        answer = await library.clerk.get(path, headers={"Accept-Language": language})
        assert answer.headers["content-disposition"].endswith('.xlsx"')
        rows = list(load_workbook(io.BytesIO(answer.content))[sheet].iter_rows(values_only=True))
        assert (rows[2][0], rows[2][1], rows[2][2]) == (3, "X2", outcome)
        assert "很多" not in str(rows)


@pytest.mark.parametrize("kind", ["demands", "supplies"])
async def test_an_empty_form_can_be_filled_in_and_imported(database: Database, library: Library, kind: str) -> None:
    officer = library.clerk if kind == "demands" else library.civil_affairs
    answer = await officer.get(f"/projects/v1/import-templates/{kind}")
    book = load_workbook(io.BytesIO(answer.content))
    sheet = book.worksheets[0]
    cells = DEMAND_CELLS if kind == "demands" else SUPPLY_CELLS
    headers = {str(cell.value).rstrip("*"): int(cell.column or 0) for cell in sheet[3]}
    for name, value in cells.items():
        sheet.cell(4, headers[name], value)
    buffer = io.BytesIO()
    book.save(buffer)
    operation, _ = await import_file(database, officer, kind, buffer.getvalue(), "填好.xlsx")
    assert operation["result"]["created"] == 1
    unknown = await officer.get("/projects/v1/import-templates/pairings")
    assert problem(unknown) == (404, "template-not-found", "path/kind")
