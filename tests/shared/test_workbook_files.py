"""Files of every make are read or refused with a finding, and never with an exception."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from shared.workbooks.findings import Outcome
from shared.workbooks.grid import Limits
from shared.workbooks.table import ParsedTable, parse_table
from shared.workbooks.template import Column, Kind, Template

FORM = Template(
    name="form",
    title="登记表",
    columns=(
        Column("ordinal", "序号", Kind.TEXT, ordinal=True),
        Column("number", "编号", Kind.CODE, required=True),
        Column("name", "名称", Kind.NAME, required=True, aliases=("全称",)),
        Column("amount", "金额(万元)", Kind.MONEY),
        Column("kind", "类别", Kind.ENUM, required=True, labels={"甲": "a"}, blank_labels=("无",)),
        Column("text", "说明文字", Kind.TEXT),
    ),
)
HEADER = ["序号", "编号", "名称", "金额（万元）", "类别*", "说明 文字"]
LINE = [1, "A1", "某名", 8, "甲", "文"]


def workbook(*rows: list[Any], change: Callable[[Worksheet], object] | None = None) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_cached_values(content: bytes, values: dict[str, str]) -> bytes:
    """Give formula cells the stored results that a spreadsheet program would write."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                text = data.decode()
                for formula, value in values.items():
                    kind = ' t="e"' if value.startswith("#") else ""
                    pattern = rf'<c r="(\w+)"([^>]*)><f>{re.escape(formula)}</f><v ?/?>(?:</v>)?'
                    text, changed = re.subn(pattern, rf'<c r="\1"{kind}><f>{formula}</f><v>{value}</v>', text)
                    assert changed == 1
                data = text.encode()
            target.writestr(name, data)
    return buffer.getvalue()


def parse(content: bytes, filename: str = "表.xlsx", limits: Limits | None = None) -> ParsedTable:
    return parse_table(content, filename=filename, template=FORM, limits=limits)


def file_codes(table: ParsedTable) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.field) for finding in table.report.findings]


def row_codes(table: ParsedTable, index: int = 0) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.field) for finding in table.drafts[index].findings]


def test_a_plain_workbook_is_read() -> None:
    table = parse(workbook(["标题"], HEADER, LINE))
    assert file_codes(table) == []
    assert table.report.header_rows == (2,)
    [draft] = table.drafts
    assert draft.number == 3
    assert draft.values == {
        "ordinal": None,
        "number": "A1",
        "name": "某名",
        "amount": 8_000_000,
        "kind": "a",
        "text": "文",
    }


@pytest.mark.parametrize(
    ("content", "filename", "code"),
    [
        (b"", "a.xlsx", "file_empty"),
        (b" \n", "a.csv", "file_empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xlsx", "file_format_mismatch"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "a.xls", "file_format_mismatch"),
        (b"%PDF-1.7", "a.pdf", "file_format_mismatch"),
        (b"PK\x03\x04 broken", "a.xlsx", "file_unreadable"),
        ("编号\x00,名称".encode(), "a.csv", "file_unreadable"),
        (b"\xff\xfe\x00", "a.csv", "file_unreadable"),
        ("甲,乙,丙\n1,2,3\n".encode(), "a.csv", "header_not_found"),
        (b'"' + b"x" * 200_000 + b'"', "a.csv", "file_unreadable"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(content: bytes, filename: str, code: str) -> None:
    table = parse(content, filename)
    assert [c for c, _ in file_codes(table)][-1] == code
    assert table.report.refused
    assert table.drafts == ()


def zip_of(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_another_kind_of_archive_is_no_workbook() -> None:
    assert file_codes(parse(zip_of({"word/document.xml": b"<x/>"}))) == [("file_format_mismatch", None)]


def test_a_workbook_with_broken_parts_is_unreadable() -> None:
    assert file_codes(parse(zip_of({"xl/workbook.xml": b"<x/>"}))) == [("file_unreadable", None)]


def test_an_archive_that_unpacks_to_too_much_is_refused_unparsed() -> None:
    bomb = zip_of({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b" " * 30_000_000})
    assert file_codes(parse(bomb)) == [("file_too_large", None)]


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(max_bytes=100), "file_too_large"),
        (Limits(max_unpacked_bytes=100), "file_too_large"),
        (Limits(max_cells=5), "file_too_many_rows"),
        (Limits(max_rows=2), "file_too_many_rows"),
    ],
)
def test_limits_are_kept(limits: Limits, code: str) -> None:
    table = parse(workbook(HEADER, LINE, LINE), limits=limits)
    assert [c for c, _ in file_codes(table)] == [code]


@pytest.mark.parametrize("tag", ['<mergeCell ref="A1:XFD1048576"/>', '<hyperlink r:id="x" ref="A1:XFD9000"/>'])
def test_a_short_tag_that_stands_for_billions_of_cells_is_refused(tag: str) -> None:
    content = zip_of({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": tag.encode()})
    assert file_codes(parse(content)) == [("file_too_many_rows", None)]


def test_cells_are_counted_across_the_parts_a_file_is_read_in() -> None:
    sheet = b"<c " * 400_000 + b" " * 100 + b"<c/>"
    content = zip_of({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": sheet})
    wide = {"max_ratio": 10_000}
    assert file_codes(parse(content, limits=Limits(max_cells=400_000, **wide))) == [("file_too_many_rows", None)]
    assert file_codes(parse(content, limits=Limits(max_cells=400_001, **wide))) == [("file_unreadable", None)]


def test_limits_are_kept_for_texts_too() -> None:
    content = "编号,名称,类别\nA,B,甲\nA,B,甲\n".encode()
    assert file_codes(parse(content, "a.csv", Limits(max_rows=2))) == [("file_too_many_rows", None)]


def test_a_far_away_cell_costs_nothing() -> None:
    def mark_last(sheet: Worksheet) -> None:
        sheet.cell(1_048_576, 3, " ")

    table = parse(workbook(HEADER, LINE, change=mark_last))
    assert [draft.number for draft in table.drafts] == [2]


@pytest.mark.parametrize(
    ("encoding", "reported"),
    [("utf-8", None), ("utf-8-sig", None), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_texts_are_read_in_the_usual_encodings(encoding: str, reported: str | None, delimiter: str) -> None:
    text = "\n".join([delimiter.join(["编号", "名称", "类别"]), "", delimiter.join(["A1", "𰝟渡镇", "甲"])])
    table = parse(text.encode(encoding), "a.csv")
    assert table.report.encoding == reported
    assert table.drafts[0].number == 3
    assert table.drafts[0].values["name"] == "𰝟渡镇"


def test_a_text_in_another_encoding_is_guessed_or_refused() -> None:
    table = parse("編號,名稱\n".encode("big5") + b"\xff\xff\xff", "a.csv")
    assert table.report.refused


def test_a_name_that_promises_something_else_is_warned_of() -> None:
    table = parse("编号,名称,类别\nA,B,甲\n".encode(), "a.xlsx")
    assert file_codes(table) == [("file_format_mismatch", None)]
    assert not table.report.refused
    assert len(table.drafts) == 1


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
