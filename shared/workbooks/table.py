"""Turn a file into the rows of a form: pick the sheet, find the header, skip what is no data, read the cells."""

import re
from dataclasses import dataclass, replace

from shared.workbooks.cells import CellReading, read_cell
from shared.workbooks.findings import Finding, Outcome, Severity
from shared.workbooks.folding import fold_header, fold_label
from shared.workbooks.grid import Book, GridCell, Limits, Sheet, UnreadableFile
from shared.workbooks.headers import Header, find_header, show_name
from shared.workbooks.hints import facts_of
from shared.workbooks.reports import RowDraft, RowReport, TableReport
from shared.workbooks.sniff import read_book
from shared.workbooks.template import FIRST_NOTE, LISTS_SHEET, NOTES_SHEET, Template

_EXAMPLES = re.compile(r"(?:例|示例|样例|范例|填写示例|填表示例|例如|例子|例行)[:：]?")
_TOTALS = re.compile(r"(?:合计|总计|小计|共计|累计)(?:[:：(（].*)?")
_FOOTERS = re.compile(
    r"(?:填表人|填报人|制表|审核人|负责人|填表日期|填报日期|注|备注|说明|填表说明|联系人|单位盖章)\s*[:：(（\d]"
)
_REPEATED_HEADER_SHARE = 0.8


@dataclass(frozen=True)
class ParsedTable:
    """The drafts of all data rows, the rows that are none, and what was found about the file."""

    template: Template
    report: TableReport
    drafts: tuple[RowDraft, ...] = ()

    def close(self, rows: dict[int, RowReport]) -> TableReport:
        """Return the report with the outcomes of the data rows beside the ignored ones, in the order of the sheet."""
        merged = {row.row: row for row in self.report.rows} | rows
        return replace(self.report, rows=tuple(merged[number] for number in sorted(merged)))


def parse_table(content: bytes, *, filename: str, template: Template, limits: Limits | None = None) -> ParsedTable:
    """Read a file against a form; a file that cannot be read gives a refused report, never an exception."""
    try:
        book = read_book(content, filename=filename, limits=limits or Limits())
    except UnreadableFile as error:
        return ParsedTable(template, TableReport((Finding(error.code, error.field, Severity.ERROR),)))
    findings = _describe_file(book)
    candidates = [
        (sheet, header) for sheet in book.sheets if not sheet.hidden if (header := find_header(sheet, template))
    ]
    if not candidates:
        findings.append(Finding("header_not_found", None, Severity.ERROR))
        return ParsedTable(template, TableReport(tuple(findings), encoding=book.encoding))
    sheet, header = max(candidates, key=lambda candidate: len(candidate[1].columns))
    findings += _describe_sheets(book, sheet) + _describe_columns(header, template)
    report = TableReport(
        findings=tuple(findings),
        sheet=_show_title(book, sheet),
        encoding=book.encoding,
        header_rows=header.rows,
        first_data_row=header.first_data_row,
        header_map=header.header_map(),
    )
    if report.refused:
        return ParsedTable(template, report)
    return _parse_rows(sheet, header, template, report)


def _describe_file(book: Book) -> list[Finding]:
    findings = []
    if book.mismatch:
        findings.append(Finding("file_format_mismatch", None, Severity.WARNING))
    if book.encoding:
        findings.append(Finding("file_encoding", book.encoding, Severity.WARNING))
    return findings


def _describe_sheets(book: Book, chosen: Sheet) -> list[Finding]:
    return [
        Finding(
            "hidden_sheet_ignored" if sheet.hidden else "extra_sheet_ignored",
            _show_title(book, sheet),
            Severity.WARNING,
        )
        for sheet in book.sheets
        if sheet is not chosen and not _is_of_the_form(sheet)
    ]


def _is_of_the_form(sheet: Sheet) -> bool:
    """Tell whether the platform itself put the sheet into its form: the lists of codes, or the notes."""
    if sheet.hidden:
        return sheet.title == LISTS_SHEET
    return sheet.title == NOTES_SHEET and sheet.cell(2, 1).value == FIRST_NOTE


def _show_title(book: Book, sheet: Sheet) -> str | None:
    """Return the title as it may be shown; a text file has none."""
    if sheet.title is None:
        return None
    number = next(number for number, one in enumerate(book.sheets, 1) if one is sheet)
    return show_name(sheet.title, f"第{number}张工作表 (sheet {number})")


def _describe_columns(header: Header, template: Template) -> list[Finding]:
    present = {column.field for column in header.columns.values()}
    missing = [column.header for column in template.columns if column.required and column.field not in present]
    return [
        *(Finding("personal_data_column", text, Severity.WARNING) for text in header.personal),
        *(Finding("unknown_column", text, Severity.WARNING) for text in header.unknown),
        *(Finding("duplicate_column", text, Severity.WARNING) for text in header.duplicates),
        *(Finding("column_missing", text, Severity.ERROR) for text in missing),
    ]


def _parse_rows(sheet: Sheet, header: Header, template: Template, report: TableReport) -> ParsedTable:
    drafts: list[RowDraft] = []
    ignored: list[RowReport] = []
    ordinals = {index for index, column in header.columns.items() if column.ordinal}
    header_texts = {fold_header(text) for text in header.texts.values()}
    for number in sheet.row_numbers:
        if number < header.first_data_row:
            continue
        cells = sheet.row(number)
        own = {i: cell for i, cell in enumerate(cells, 1) if not cell.blank and not cell.filled_down}
        if not own.keys() - ordinals:
            continue
        if _is_no_data(list(own.values()), wide=number in sheet.wide_rows, header_texts=header_texts):
            ignored.append(RowReport(number, None, Outcome.IGNORED))
        else:
            drafts.append(_parse_row(number, sheet, header, template))
    return ParsedTable(template, replace(report, rows=tuple(ignored)), tuple(drafts))


def _is_no_data(cells: list[GridCell], *, wide: bool, header_texts: set[str]) -> bool:
    """Tell whether a row is an example, a total, a footer or the header once more (joined sheets)."""
    first = fold_label(str(cells[0].value))
    if _EXAMPLES.fullmatch(first) or _TOTALS.fullmatch(first):
        return True
    if (wide and len(cells) == 1) or (len(cells) <= 4 and _FOOTERS.match(str(cells[0].value).strip())):
        return True
    repeated = sum(isinstance(cell.value, str) and fold_header(cell.value) in header_texts for cell in cells)
    return len(cells) > 2 and repeated >= _REPEATED_HEADER_SHARE * len(cells)


def _parse_row(number: int, sheet: Sheet, header: Header, template: Template) -> RowDraft:
    draft = RowDraft(number, template, dict.fromkeys((column.field for column in template.columns), None))
    for index, column in header.columns.items():
        cell = sheet.cell(number, index)
        if cell.blank:
            if column.required:
                draft.add_error("required", column.field)
            continue
        if column.ordinal:
            continue
        reading = _read_formula(cell) or read_cell(cell.value, column, unit=header.units[index])
        if reading.error:
            draft.add_error(reading.error, column.field, **facts_of(reading.error, column, None))
            continue
        draft.values[column.field] = reading.value
        for code in reading.warnings:
            draft.add_warning(code, column.field, **facts_of(code, column, reading.value))
        if cell.formula is not None:
            draft.add_warning("formula_value_used", column.field)
        if cell.filled_down:
            draft.add_warning("merged_fill_down", column.field)
        if reading.value in (None, ()) and column.required:
            draft.add_error("required", column.field)
    return draft


def _read_formula(cell: GridCell) -> CellReading | None:
    """Refuse a formula without a usable cached value, and one that reaches outside the workbook."""
    if cell.formula is None:
        return None
    if re.search(r"\||\b(?:WEBSERVICE|HYPERLINK|CALL|EXEC)\s*\(|\[", cell.formula, re.IGNORECASE):
        return CellReading(error="formula_injection")
    if cell.value is None or (isinstance(cell.value, str) and cell.value.startswith("#")):
        return CellReading(error="formula_no_value")
    return None
