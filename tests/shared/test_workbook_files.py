"""Files of every make are read or refused with a finding, and never with an exception."""

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from shared.workbooks.grid import Limits
from tests.shared.small_form import HEADER, LINE, file_codes, parse, workbook, zip_of


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
