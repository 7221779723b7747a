"""Write workbooks: the report of an import, and empty forms with notes and drop-down lists, as xlsx bytes."""

import io
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from shared.workbooks.findings import Finding, Outcome, describe_finding
from shared.workbooks.reports import TableReport
from shared.workbooks.template import FIRST_NOTE, FORM_SHEET, LISTS_SHEET, NOTES_SHEET, Column, Kind, Template

HEADER_ROW = 3
EFFECTS = ("created", "changed", "unchanged", "kept")
_PREPARED_ROWS = 2_000
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_FORMATS = {Kind.CODE: "@", Kind.DATE: "yyyy-mm-dd", Kind.INTEGER: "0", Kind.MONEY: "0.00"}
_HEADER_FILL = PatternFill("solid", fgColor="DDEBF7")

_TEXTS: dict[str, dict[str, Any]] = {
    "zh-CN": {
        "rows": "逐行结果",
        "file": "文件提示",
        "columns": ("行号", "标识", "结果", "入库", "错误", "提示"),
        "summary": "汇总",
        "counted": ("结果", "行数"),
        "effects": ("入库", "行数"),
        "all": "合计",
        "refused": "整个文件未通过，没有导入任何行；原因见“文件提示”。",
        Outcome.ACCEPTED: "通过",
        Outcome.ACCEPTED_WITH_WARNING: "通过，有提示",
        Outcome.REJECTED: "未通过",
        Outcome.IGNORED: "不是数据，未读取",
        "created": "新增",
        "changed": "已更新",
        "unchanged": "与已有内容相同",
        "kept": "已有内容不同，未改动",
    },
    "en": {
        "rows": "Rows",
        "file": "File",
        "columns": ("Row", "Key", "Outcome", "Effect", "Errors", "Warnings"),
        "summary": "Summary",
        "counted": ("Outcome", "Rows"),
        "effects": ("Effect", "Rows"),
        "all": "All",
        "refused": "The whole file was refused and no row was imported; the sheet File says why.",
        Outcome.ACCEPTED: "accepted",
        Outcome.ACCEPTED_WITH_WARNING: "accepted with warnings",
        Outcome.REJECTED: "rejected",
        Outcome.IGNORED: "no data, not read",
        "created": "new",
        "changed": "changed",
        "unchanged": "as on record",
        "kept": "differs from the record, which was left alone",
    },
}


def guard_cell_text(text: str) -> str:
    """Return a text that no spreadsheet program runs as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def write_report(report: TableReport, *, language: str = "zh-CN") -> bytes:
    """Write the totals, and outcome, effect and findings of every row; no free text of the file is repeated."""
    texts = _TEXTS["en" if language == "en" else "zh-CN"]
    book = Workbook()
    _write_summary(book.worksheets[0], report, texts)
    sheet = book.create_sheet(str(texts["rows"]))
    _append(sheet, texts["columns"])
    for row in report.rows:
        effect = str(texts[row.effect]) if row.effect else None
        findings = _join(row.errors, language), _join(row.warnings, language)
        _append(sheet, (row.row, row.key, str(texts[row.outcome]), effect, *findings))
    _lay_out(sheet, widths=(8, 28, 16, 22, 70, 70))
    sheet.freeze_panes = "A2"
    file_sheet = book.create_sheet(str(texts["file"]))
    for finding in report.findings:
        _append(file_sheet, (describe_finding(finding, language),))
    _lay_out(file_sheet, widths=(120,))
    return _save(book)


def _write_summary(sheet: Worksheet, report: TableReport, texts: Mapping[str, Any]) -> None:
    """Write how many rows had each outcome and each effect."""
    sheet.title = str(texts["summary"])
    if report.refused:
        _append(sheet, (texts["refused"],))
    outcomes = Counter(row.outcome for row in report.rows)
    effects = Counter(row.effect for row in report.rows if row.effect)
    _append(sheet, texts["counted"])
    for outcome in Outcome:
        _append(sheet, (texts[outcome], outcomes[outcome]))
    _append(sheet, (texts["all"], outcomes.total()))
    _append(sheet, ())
    _append(sheet, texts["effects"])
    for effect in EFFECTS:
        _append(sheet, (texts[effect], effects[effect]))
    _lay_out(sheet, widths=(40, 12))


def write_template(template: Template) -> bytes:
    """Write an empty form: title, unit line, header with * where required, drop-down lists, and a sheet of notes."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = FORM_SHEET
    width = len(template.columns)
    for row, text in ((1, template.title), (2, template.unit_line)):
        sheet.cell(row, 1, text)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=width)
    sheet.cell(1, 1).font = Font(bold=True, size=16)
    sheet.cell(1, 1).alignment = Alignment(horizontal="center")
    lists = book.create_sheet(LISTS_SHEET)
    lists.sheet_state = "hidden"
    for index, column in enumerate(template.columns, 1):
        _write_column(sheet, lists, index, column)
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    notes = book.create_sheet(NOTES_SHEET)
    for note in (NOTES_SHEET, FIRST_NOTE, *template.notes, *_describe_choices(template)):
        _append(notes, (note,))
    _lay_out(notes, widths=(120,))
    return _save(book)


def _write_column(sheet: Worksheet, lists: Worksheet, index: int, column: Column) -> None:
    header = sheet.cell(HEADER_ROW, index)
    header.value = column.header + ("*" if column.required or column.starred else "")
    header.font = Font(bold=True)
    header.fill = _HEADER_FILL
    header.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
    letter = get_column_letter(index)
    dimension = sheet.column_dimensions[letter]
    dimension.width = 40 if column.max_length > 100 else 16
    if column.kind in _FORMATS:
        dimension.number_format = _FORMATS[column.kind]
        for row in range(HEADER_ROW + 1, HEADER_ROW + 51):
            sheet.cell(row, index).number_format = _FORMATS[column.kind]
    choices = ["是", "否"] if column.kind is Kind.BOOLEAN else list(column.labels)
    if not choices:
        return
    list_column = lists.max_column + 1 if lists.cell(1, 1).value is not None else 1
    for row, label in enumerate(choices, 1):
        lists.cell(row, list_column, label)
    list_letter = get_column_letter(list_column)
    validation = DataValidation(
        type="list",
        formula1=f"'{LISTS_SHEET}'!${list_letter}$1:${list_letter}${len(choices)}",
        allow_blank=True,
        # A list of several values is typed by hand, separated by 、: the list only helps there.
        showErrorMessage=column.kind is not Kind.MULTI_ENUM,
        errorTitle="不在可选值之内",
        error="请从下拉列表中选择",
    )
    validation.add(f"{letter}{HEADER_ROW + 1}:{letter}{HEADER_ROW + _PREPARED_ROWS}")
    sheet.add_data_validation(validation)


def _describe_choices(template: Template) -> Iterable[str]:
    for column in template.columns:
        if column.labels:
            kind = "可多选，用顿号分隔" if column.kind is Kind.MULTI_ENUM else "单选"
            yield f"{column.header}（{kind}）：{'、'.join(column.labels)}"


def _join(findings: Iterable[Finding], language: str) -> str:
    return "\n".join(describe_finding(finding, language) for finding in findings)


def _append(sheet: Worksheet, values: Iterable[object]) -> None:
    """Append a row whose texts are never formulas."""
    sheet.append([guard_cell_text(value) if isinstance(value, str) else value for value in values])
    for cell in sheet[sheet.max_row]:
        if isinstance(cell.value, str):
            cell.data_type = "s"


def _lay_out(sheet: Worksheet, *, widths: tuple[int, ...]) -> None:
    for index, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _save(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
