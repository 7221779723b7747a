"""Reports and empty forms are written as workbooks that no cell of can run anything."""

import io
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from shared.workbooks.findings import Finding, Outcome, Severity, describe_finding, finding_texts
from shared.workbooks.reports import RowReport, TableReport
from shared.workbooks.table import parse_table
from shared.workbooks.template import Column, Kind, Template
from shared.workbooks.writer import guard_cell_text, write_report, write_template

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
ERROR = Finding("required", "名称", Severity.ERROR)
WARNING = Finding("date_partial", "日期", Severity.WARNING)
REPORT = TableReport(
    findings=(
        Finding("hidden_sheet_ignored", "旧", Severity.WARNING),
        Finding("file_encoding", None, Severity.WARNING),
    ),
    rows=(
        RowReport(4, None, Outcome.IGNORED),
        RowReport(5, "=cmd|'/c calc'!A1", Outcome.REJECTED, (ERROR,), (WARNING,), {"name": "秘密"}),
        RowReport(6, "A6", Outcome.ACCEPTED, effect="created"),
        RowReport(7, "A7", Outcome.ACCEPTED_WITH_WARNING, (), (WARNING,), effect="unchanged"),
    ),
)
FORM = Template(
    name="form",
    title="登记表",
    unit_line="金额单位：万元",
    columns=(
        Column("number", "编号", Kind.CODE, required=True),
        Column("day", "日期", Kind.DATE, starred=True),
        Column("kind", "类别", Kind.ENUM, labels={"甲": "a", "乙": "b"}),
        Column("kinds", "各类", Kind.MULTI_ENUM, labels={"甲": "a", "乙": "b"}),
        Column("flag", "是否公开", Kind.BOOLEAN),
        Column("text", "说明", Kind.TEXT, max_length=2000),
    ),
    notes=("不得填写个人信息。",),
)


def test_every_code_of_the_sample_has_texts_in_both_languages() -> None:
    codes = json.loads((SAMPLE / "expected_import_errors.json").read_text(encoding="utf-8"))["codes"]
    assert set(codes) <= set(finding_texts())
    for texts in finding_texts().values():
        assert set(texts) == {"zh-CN", "en"}
        assert all(text.message and text.remedy for text in texts.values())


@pytest.mark.parametrize(
    ("finding", "language", "start"),
    [
        (ERROR, "zh-CN", "名称：必填项为空。"),
        (ERROR, "en", "名称: A required cell is empty."),
        (
            Finding("conditional_required", "乙", Severity.ERROR, (("column", "甲"),)),
            "zh-CN",
            "乙：因同一行其他栏的填写，此项必填。另一栏是“甲”。",
        ),
        (
            Finding("duplicate_in_file", "编号", Severity.ERROR, (("refused_row", "4"),)),
            "en",
            "编号: An earlier row has the same key. Row 4 was refused too: neither was imported. Keep",
        ),
        (Finding("file_empty", None, Severity.ERROR), "zh-CN", "文件为空。"),
        (Finding("file_empty", None, Severity.ERROR), "en", "The file is empty."),
    ],
)
def test_a_finding_says_where_what_and_the_remedy(finding: Finding, language: str, start: str) -> None:
    sentence = describe_finding(finding, language)
    assert sentence.startswith(start)
    assert len(sentence) > len(start)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "＝1"])
def test_a_text_that_could_run_is_guarded(text: str) -> None:
    assert guard_cell_text(text) == f"'{text}"
    assert guard_cell_text("普通") == "普通"


def test_the_report_lists_every_row_with_its_findings() -> None:
    book = load_workbook(io.BytesIO(write_report(REPORT)))
    rows = list(book["逐行结果"].iter_rows(values_only=True))
    assert rows[0] == ("行号", "标识", "结果", "入库", "错误", "提示")
    assert rows[1][:3] == (4, None, "不是数据，未读取")
    assert rows[2][:3] == (5, "'=cmd|'/c calc'!A1", "未通过")
    assert str(rows[2][4]).startswith("名称：必填项为空。")
    assert [row[:4] for row in rows[3:]] == [
        (6, "A6", "通过", "新增"),
        (7, "A7", "通过，有提示", "与已有内容相同"),
    ]
    assert [cell.data_type for cell in book["逐行结果"]["B"] if cell.value] == ["s"] * 4
    assert len(list(book["文件提示"].iter_rows())) == 2
    assert "秘密" not in repr(rows)


def test_the_report_begins_with_the_totals() -> None:
    [first, *_] = load_workbook(io.BytesIO(write_report(REPORT))).worksheets
    assert first.title == "汇总"
    totals = [row for row in first.iter_rows(values_only=True) if row[0]]
    assert dict(totals) == {
        "结果": "行数", "通过": 1, "通过，有提示": 1, "未通过": 1, "不是数据，未读取": 1, "合计": 4,
        "入库": "行数", "新增": 1, "已更新": 0, "与已有内容相同": 1, "已有内容不同，未改动": 0,
    }  # fmt: skip
    refused = TableReport((Finding("file_unreadable", None, Severity.ERROR),))
    [first, *_] = load_workbook(io.BytesIO(write_report(refused, language="en"))).worksheets
    assert str(first["A1"].value).startswith("The whole file was refused")


def test_the_report_is_written_in_english_too() -> None:
    book = load_workbook(io.BytesIO(write_report(REPORT, language="en")))
    assert book.sheetnames == ["Summary", "Rows", "File"]
    assert book["Rows"]["C3"].value == "rejected"


def test_an_empty_form_has_header_lists_and_notes() -> None:
    book = load_workbook(io.BytesIO(write_template(FORM)))
    sheet = book["填报表"]
    assert [cell.value for cell in sheet[3]] == ["编号*", "日期*", "类别", "各类", "是否公开", "说明"]
    assert sheet["A1"].value == "登记表"
    assert sheet["A2"].value == "金额单位：万元"
    assert {str(merged) for merged in sheet.merged_cells.ranges} == {"A1:F1", "A2:F2"}
    lists = {str(v.sqref): (v.formula1, v.showErrorMessage) for v in sheet.data_validations.dataValidation}
    assert lists == {
        "C4:C2003": ("'代码表'!$A$1:$A$2", True),
        "D4:D2003": ("'代码表'!$B$1:$B$2", False),
        "E4:E2003": ("'代码表'!$C$1:$C$2", True),
    }
    assert [cell.value for cell in book["代码表"]["C"]] == ["是", "否"]
    assert book["代码表"].sheet_state == "hidden"
    notes = [row[0] for row in book["填报说明"].iter_rows(values_only=True)]
    assert "不得填写个人信息。" in notes
    assert "各类（可多选，用顿号分隔）：甲、乙" in notes
    assert sheet["A4"].number_format == "@"


def test_a_filled_in_form_can_be_read_back() -> None:
    book = load_workbook(io.BytesIO(write_template(FORM)))
    for column, value in enumerate(["A1", "2026-03-01", "甲", "甲、乙", "是", "文"], 1):
        book["填报表"].cell(4, column).value = value
    buffer = io.BytesIO()
    book.save(buffer)
    table = parse_table(buffer.getvalue(), filename="表.xlsx", template=FORM)
    assert table.report.findings == ()
    [draft] = table.drafts
    assert draft.findings == []
    assert draft.values["kinds"] == ("a", "b")
    assert draft.optional_text("day") is None
    assert draft.number_of("flag") is None
    assert draft.flag("flag") is True
    assert draft.codes("kind") == ()
