"""Read the sheets of an xlsx file: values, formulas, merged cells, hidden sheets, within size limits."""

import io
import re
import warnings
import zipfile
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils import column_index_from_string

from shared.workbooks.grid import Book, GridCell, Limits, Sheet, UnreadableFile

_CHUNK = 1024 * 1024
_OVERLAP = 512
# openpyxl makes a cell of every place in a merged or linked range, so that one short tag can stand for billions.
_CELLS = re.compile(
    rb"<(?:\w+:)?(?:c[ />]|(?:mergeCell|hyperlink)\s[^>]{0,300}?"
    rb"ref=[\"']\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7}))"
)


def read_xlsx(content: bytes, *, limits: Limits) -> Book:
    """
    Read all sheets.

    :raises UnreadableFile: if the archive is damaged, or larger inside than the limits allow
    """
    _check_archive(content, limits)
    try:
        with warnings.catch_warnings():
            # openpyxl warns of drop-down lists and styles it does not keep; values are all that is read here.
            warnings.simplefilter("ignore")
            formulas = load_workbook(io.BytesIO(content), keep_links=False)
            # Stored results are worth a second reading only where there are formulas.
            values = _load_results(content) if _has_formulas(formulas) else formulas
        numbers = _load_numbers(content) if _has_dates_out_of_range(formulas) else None
        sheets = tuple(
            _read_sheet(sheet, values[sheet.title], numbers and numbers[sheet.title], limits)
            for sheet in formulas.worksheets
        )
    except UnreadableFile:
        raise
    except Exception as error:  # openpyxl raises nearly anything on a damaged file
        raise UnreadableFile("file_unreadable") from error
    return Book(sheets)


def _check_archive(content: bytes, limits: Limits) -> None:
    """Refuse an archive that unpacks to too much, before anything is parsed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            if unpacked > limits.max_unpacked_bytes or unpacked > limits.max_ratio * max(len(content), _CHUNK // 64):
                raise UnreadableFile("file_too_large")
            cells = sum(_count_cells(archive, entry) for entry in entries)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        raise UnreadableFile("file_unreadable") from error
    if cells > limits.max_cells:
        raise UnreadableFile("file_too_many_rows")


def _count_cells(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Count the cells a part will give, ranges included, in one pass over its bytes."""
    count, tail = 0, b""
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            block = tail + chunk
            count += sum(_area(match) for match in _CELLS.finditer(block) if match.end() > len(tail))
            tail = block[-_OVERLAP:]
    return count


def _area(match: re.Match[bytes]) -> int:
    """Return the number of cells a tag stands for."""
    if match[1] is None:
        return 1
    first, last = (column_index_from_string(match[group].decode()) for group in (1, 3))
    return (abs(last - first) + 1) * (abs(int(match[4]) - int(match[2])) + 1)


def _load_results(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content), data_only=True, keep_links=False)


class _NumbersReader(ExcelReader):
    """Reads every number as a number, whatever its format says."""

    def read_worksheets(self) -> None:
        """Read the sheets as if no format were one of dates."""
        self.wb._date_formats = set()  # type: ignore[attr-defined]
        super().read_worksheets()


def _load_numbers(content: bytes) -> Workbook:
    """Read 20260301, typed into a cell that is formatted as a date, of which openpyxl makes an error."""
    reader = _NumbersReader(io.BytesIO(content), keep_links=False)
    reader.read()
    return reader.wb


def _has_dates_out_of_range(book: Workbook) -> bool:
    return any(_is_date_out_of_range(cell) for sheet in book.worksheets for cell in _cells_of(sheet).values())


def _is_date_out_of_range(cell: Any) -> bool:
    return cell.data_type == "e" and cell.value == "#VALUE!" and is_date_format(cell.number_format)


def _has_formulas(book: Workbook) -> bool:
    return any(cell.data_type == "f" for sheet in book.worksheets for cell in _cells_of(sheet).values())


def _cells_of(sheet: Any) -> dict[tuple[int, int], Any]:
    """Return the cells that exist; going through rows would create all that do not."""
    cells: dict[tuple[int, int], Any] = sheet._cells
    return cells


def _read_sheet(sheet: Any, values: Any, numbers: Any, limits: Limits) -> Sheet:
    cells: dict[tuple[int, int], GridCell] = {}
    for (row, column), cell in _cells_of(sheet).items():
        if cell.value is None:
            continue
        if cell.data_type == "f":
            cached = values.cell(row, column).value
            cells[row, column] = GridCell(cached, formula=_formula_text(cell.value))
        elif numbers is not None and _is_date_out_of_range(cell):
            cells[row, column] = GridCell(numbers.cell(row, column).value)
        else:
            cells[row, column] = GridCell(cell.value)
    wide_rows: set[int] = set()
    for merged in sheet.merged_cells.ranges:
        if merged.max_col - merged.min_col >= 3:
            wide_rows.update(range(merged.min_row, merged.max_row + 1))
        first = cells.get((merged.min_row, merged.min_col))
        if first is None or merged.max_col - merged.min_col >= 3 or merged.max_row - merged.min_row > limits.max_rows:
            continue
        for row in range(merged.min_row + 1, merged.max_row + 1):
            cells[row, merged.min_col] = GridCell(first.value, filled_down=True)
    if len({row for row, _ in cells}) > limits.max_rows:
        raise UnreadableFile("file_too_many_rows", sheet.title)
    return Sheet(sheet.title, cells, hidden=sheet.sheet_state != "visible", wide_rows=frozenset(wide_rows))


def _formula_text(value: object) -> str:
    """Return the text of a formula; array formulas are objects that carry it."""
    return str(getattr(value, "text", value))
