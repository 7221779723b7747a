"""The right sheet, header and rows of a form are found, and what is no data is left out."""

import io

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from shared.workbooks.findings import Outcome
from tests.shared.small_form import FORM, HEADER, LINE, file_codes, parse, row_codes, with_cached_values, workbook


def test_formulas_give_their_stored_result_or_none() -> None:
    rows = [
        HEADER,
        [1, "A1", "甲", "=4+5", "甲", None],
        [2, "A2", "甲", "=D1*2", "甲", None],
        [3, "A3", "甲", "=1/0", "甲", None],
        [4, "A4", "甲", 1, "甲", '=HYPERLINK("http://example.invalid","x")'],
        [5, "A5", "甲", 1, "甲", "=[1]Sheet1!A1"],
    ]
    content = with_cached_values(workbook(*rows), {"4+5": "9", "1/0": "#DIV/0!"})
    table = parse(content)
    assert row_codes(table, 0) == [("formula_value_used", "金额(万元)")]
    assert table.drafts[0].values["amount"] == 9_000_000
    assert row_codes(table, 1) == [("formula_no_value", "金额(万元)")]
    assert row_codes(table, 2) == [("formula_no_value", "金额(万元)")]
    assert row_codes(table, 3) == [("formula_injection", "说明文字")]
    assert row_codes(table, 4) == [("formula_injection", "说明文字")]


def test_an_array_formula_is_a_formula() -> None:
    def add(sheet: Worksheet) -> None:
        sheet["D2"] = ArrayFormula("D2", "=SUM(A2:A2*2)")

    assert row_codes(parse(workbook(HEADER, LINE, change=add))) == [("formula_no_value", "金额(万元)")]


def test_vertically_merged_cells_are_filled_down() -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("C2:C3")
        sheet.merge_cells("E2:F2")

    table = parse(workbook(HEADER, LINE, [2, "A2", None, None, "甲", None], change=merge))
    assert table.drafts[1].values["name"] == "某名"
    assert row_codes(table, 1) == [("merged_fill_down", "名称")]
    assert row_codes(table, 0) == []


def test_a_row_that_holds_only_merged_values_is_no_row() -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("C2:C4")

    assert [draft.number for draft in parse(workbook(HEADER, LINE, change=merge)).drafts] == [2]


def test_examples_totals_footers_and_repeated_headers_are_no_data() -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("A8:F8")

    table = parse(
        workbook(
            HEADER,
            ["例", "A0", "某名", 8, "甲", "文"],
            LINE,
            HEADER,
            [2, None, None, None, None, None],
            ["合计", None, None, 8, None, None],
            ["填表人：", None, None, None, None, "审核人："],
            ["以上均已公示", None, None, None, None, None],
            [None, "  ", None, None, None, None],
            change=merge,
        )
    )
    assert [draft.number for draft in table.drafts] == [3]
    assert {row.row for row in table.report.rows if row.outcome is Outcome.IGNORED} == {2, 4, 6, 7}


def test_the_sheet_with_the_best_header_is_read() -> None:
    book = Workbook()
    cover = book.worksheets[0]
    cover.title = "封面"
    cover.append(["编号", "名称", "类别"])
    form = book.create_sheet("表")
    form.append(HEADER)
    form.append(LINE)
    for title, state in (("旧", "hidden"), ("更旧", "veryHidden")):
        other = book.create_sheet(title)
        other.append(HEADER)
        other.sheet_state = state
    buffer = io.BytesIO()
    book.save(buffer)
    table = parse(buffer.getvalue())
    assert table.report.sheet == "表"
    assert file_codes(table) == [
        ("extra_sheet_ignored", "封面"),
        ("hidden_sheet_ignored", "旧"),
        ("hidden_sheet_ignored", "更旧"),
    ]


def test_two_header_rows_are_read_as_one() -> None:
    table = parse(
        workbook(
            ["基本", None, None, "金额（万元）", "其他", None],
            ["序号", "编号", "全 称", None, "类别", "说明文字"],
            LINE,
        )
    )
    assert table.report.header_rows == (1, 2)
    assert table.drafts[0].values["amount"] == 8_000_000


def test_columns_that_are_not_of_the_form_are_reported() -> None:
    table = parse(workbook([*HEADER, "联系电话", "颜色", "全称"], [*LINE, "19900000001", "红", "别名"]))
    assert file_codes(table) == [
        ("personal_data_column", "联系电话"),
        ("unknown_column", "颜色"),
        ("duplicate_column", "全称"),
    ]
    assert table.report.header_map["联系电话"] is None
    assert "19900000001" not in repr(table)


def test_headers_and_titles_are_cleaned_as_cells_are_before_they_are_told() -> None:
    told = ["机\u200b 构\u202e备\n注", "联系人张三 13812345678", "联系人:王五", "很长的表头" * 40]
    content = workbook([*HEADER, *told], [*LINE, "甲", "乙", "丙", "丁"])
    book = load_workbook(io.BytesIO(content))
    book.worksheets[0].title = "张三13812345678"
    book.create_sheet("李四 13912345678")
    buffer = io.BytesIO()
    book.save(buffer)
    report = parse(buffer.getvalue()).report
    named = [finding.field for finding in report.findings]
    assert "机构备注" in named
    assert "第8列 (column 8)" in named
    assert (report.sheet, named[0]) == ("第1张工作表 (sheet 1)", "第2张工作表 (sheet 2)")
    assert max(len(text or "") for text in named) == 60
    for secret in ("13812345678", "13912345678", "张三", "李四", "王五", "\u202e", "\u200b"):
        assert secret not in repr((report.findings, report.sheet))


def test_a_missing_required_column_refuses_the_file() -> None:
    table = parse(workbook(["编号", "名称", "金额(万元)"], ["A1", "某名", 8]))
    assert file_codes(table) == [("column_missing", "类别")]
    assert table.report.refused


@pytest.mark.parametrize(
    ("title", "header", "fen"),
    [
        ("标题", "金额", 8_000_000),
        ("标题", "金额(元)", 800),
        ("金额单位：元", "金额", 800),
        ("填报单位：元坝区", "金额", 8_000_000),
        ("单位:元", "金额(万元)", 8_000_000),
    ],
)
def test_the_unit_of_amounts_is_what_header_or_title_says(title: str, header: str, fen: int) -> None:
    head = [header if text.startswith("金额") else text for text in HEADER]
    assert parse(workbook([title], head, LINE)).drafts[0].values["amount"] == fen


def test_a_required_cell_that_says_nothing_is_missing() -> None:
    assert row_codes(parse(workbook(HEADER, [1, "A1", "某名", 8, "无", None]))) == [("required", "类别")]


def test_an_unknown_field_of_a_form_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        FORM.column("nothing")
