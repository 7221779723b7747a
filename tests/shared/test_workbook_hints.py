"""A finding says what a person needs to mend it: what a cell was read as, what may stand there, whose form it is."""

import io

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from shared.workbooks.findings import Finding
from shared.workbooks.table import ParsedTable, parse_table
from shared.workbooks.template import Column, Kind, Template
from shared.workbooks.writer import write_template
from tests.shared.small_form import workbook

MANY = {f"类{number}": f"c{number}" for number in range(1, 15)}
FORM = Template(
    name="form",
    title="登记表",
    columns=(
        Column("number", "编号", Kind.CODE),
        Column("day", "日期", Kind.DATE),
        Column("amount", "金额(万元)", Kind.MONEY),
        Column("kind", "类别", Kind.ENUM, labels={"甲": "a", "乙": "b"}, label_aliases={"甲类": "a"}),
        Column("kinds", "各类", Kind.MULTI_ENUM, labels=MANY),
        Column("flag", "是否公开", Kind.BOOLEAN),
        Column("count", "人数", Kind.INTEGER),
    ),
)
HEADERS = [column.header for column in FORM.columns]


def findings(header: str, value: object) -> list[Finding]:
    line = [value if name == header else ("A1" if name == "编号" else None) for name in HEADERS]
    [draft] = parse_table(workbook(HEADERS, line), filename="表.xlsx", template=FORM).drafts
    return draft.findings


@pytest.mark.parametrize(
    ("header", "value", "code", "facts"),
    [
        ("金额(万元)", "35,000元", "money_unit_converted", {"read_as": "3.5万元"}),
        ("金额(万元)", "约100", "money_approximate", {"read_as": "100万元"}),
        ("日期", "2026年3月", "date_partial", {"read_as": "2026-03-01"}),
        ("日期", 46082, "date_from_serial", {"read_as": "2026-03-01"}),
        ("类别", "甲类", "enum_alias", {"read_as": "甲"}),
        ("人数", "30人", "number_unit_stripped", {"read_as": "30"}),
        ("类别", "丙", "enum_unknown", {"choices": "甲、乙"}),
        ("是否公开", "也许", "enum_unknown", {"choices": "是、否"}),
        ("各类", "类1、其他", "enum_unknown", {"choices": "、".join(list(MANY)[:12]) + "……", "separator": "、"}),
    ],
)
def test_a_finding_says_what_was_read_or_what_may_stand_there(
    header: str, value: object, code: str, facts: dict[str, str]
) -> None:
    [finding] = findings(header, value)
    assert (finding.code, finding.field, dict(finding.facts)) == (code, header, facts)


@pytest.mark.parametrize("date_format", [None, "yyyy-mm-dd"])
@pytest.mark.parametrize(("typed", "read"), [(20260301, "2026-03-01"), (20261301, "None"), (20260301.5, "None")])
def test_eight_digits_are_a_date_whatever_the_format_of_the_cell(
    date_format: str | None, typed: float, read: str
) -> None:
    def type_in(sheet: Worksheet) -> None:
        sheet["B2"] = typed
        if date_format:
            sheet["B2"].number_format = date_format

    [draft] = parse_table(workbook(HEADERS, ["A1"], change=type_in), filename="表.xlsx", template=FORM).drafts
    assert str(draft.date_of("day")) == read
    assert [finding.code for finding in draft.findings] == ([] if read != "None" else ["date_unparseable"])


def filled(change: object = None) -> ParsedTable:
    book: Workbook = load_workbook(io.BytesIO(write_template(FORM)))
    book["填报表"].cell(4, 1).value = "A1"
    if callable(change):
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return parse_table(buffer.getvalue(), filename="表.xlsx", template=FORM)


def test_the_sheets_of_the_platforms_own_form_are_nothing_to_report() -> None:
    assert filled().report.findings == ()


def test_sheets_that_only_look_like_those_of_the_form_are_reported() -> None:
    def spoil(book: Workbook) -> None:
        book["填报说明"]["A2"] = "本单位另有三项需求"
        book["代码表"].title = "代码表(2)"

    codes = [(finding.code, finding.field) for finding in filled(spoil).report.findings]
    assert codes == [("hidden_sheet_ignored", "代码表(2)"), ("extra_sheet_ignored", "填报说明")]
