"""A small form, and files made for it."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

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


def zip_of(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()
