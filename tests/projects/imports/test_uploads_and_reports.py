"""What an office uploads and gets back: refused files, file names, reports, and forms to fill in."""

import io

import pytest
from openpyxl import load_workbook

from shared.contracts.codes import Role
from shared.db import Database
from tests.projects.imports.importing import IMPORTS, summary
from tests.projects.imports.sample import (
    DEMAND_CELLS,
    SUPPLY_CELLS,
    import_file,
    sheet_of,
    upload,
)
from tests.projects.library import Library, ok, problem
from tests.shared.expected_rows import SAMPLE


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
