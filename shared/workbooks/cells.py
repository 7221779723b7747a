"""Read one cell by its column's kind: a value and the findings it gives."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from shared.china.money import MoneyUnit, read_money
from shared.privacy import contains_personal_data
from shared.workbooks.folding import clean_code, clean_name, clean_prose, fold_label
from shared.workbooks.reports import Value
from shared.workbooks.template import Column, Kind

Raw = str | int | float | bool | Decimal | datetime | date | time | timedelta | None

_EPOCH_1900 = date(1899, 12, 30)
_SERIALS = range(20_000, 60_001)
_YEARS = range(1900, 2101)
_ERROR_LITERAL = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!)")
_FORMULA_TEXT = re.compile(
    r"\s*(?:[=＝]\s*[A-Za-z0-9('\"$+\-@]|[=＝+＋\-－@＠][=+\-@\s]*(?:[A-Za-z][A-Za-z0-9_.]*\s*\(|[A-Za-z]+\s*\|))"
)
_QUOTED_TEXT = re.compile(r'\s*="[^"]*"\s*')
_TRUE = frozenset(["是", "√", "✓", "✔", "☑", "有", "对", "y", "yes", "true", "1"])
_FALSE = frozenset(["否", "×", "✗", "✘", "✕", "☒", "无", "错", "x", "n", "no", "false", "0"])
_SEPARATORS = re.compile(r"[、,，;；/／\s]+")
_FULL_DATE = (
    re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s].*)?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
_PARTIAL_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
_COUNT = re.compile(r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(人|名|户|个|项|家|次|村|位|份|年度?|万)?")


@dataclass(frozen=True, slots=True)
class CellReading:
    """The value of a cell, or the code of its error, and the codes of its warnings."""

    value: Value = None
    error: str | None = None
    warnings: tuple[str, ...] = ()


def is_blank(raw: Raw) -> bool:
    """Tell whether a cell holds nothing but spaces and invisible characters."""
    return raw is None or (isinstance(raw, str) and not clean_prose(raw))


def read_cell(raw: Raw, column: Column, *, unit: MoneyUnit = MoneyUnit.WAN) -> CellReading:
    """Read a cell by the kind of its column; a blank cell has the value None."""
    if is_blank(raw):
        return CellReading()
    if isinstance(raw, str):
        if _FORMULA_TEXT.match(raw) and not _QUOTED_TEXT.fullmatch(raw):
            return CellReading(error="formula_injection")
        if column.kind in (Kind.TEXT, Kind.NAME, Kind.CODE) and _ERROR_LITERAL.fullmatch(raw.strip()):
            return CellReading(error="formula_no_value")
    if column.kind is Kind.MONEY:
        return _read_money(raw, unit)
    return _READERS[column.kind](raw, column)


def _as_text(raw: Raw) -> str:
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    if isinstance(raw, datetime) and raw.time() == time():
        return raw.date().isoformat()
    return str(raw)


def _guard_text(text: str, column: Column) -> CellReading:
    if len(text) > column.max_length:
        return CellReading(error="text_too_long")
    return CellReading(error="personal_data") if contains_personal_data(text) else CellReading(text)


def _read_text(raw: Raw, column: Column) -> CellReading:
    return _guard_text(clean_prose(_as_text(raw)), column)


def _read_name(raw: Raw, column: Column) -> CellReading:
    return _guard_text(clean_name(_as_text(raw)), column)


def _read_code(raw: Raw, column: Column) -> CellReading:
    text = clean_code(_as_text(raw))
    return _guard_text(text.removesuffix(".0") if re.fullmatch(r"\d+\.0", text) else text, column)


def _find_code(text: str, column: Column) -> CellReading:
    folded = fold_label(text)
    if folded in column.codes:
        return CellReading(column.codes[folded])
    if folded in column.alias_codes:
        return CellReading(column.alias_codes[folded], warnings=("enum_alias",))
    return CellReading(error="enum_unknown")


def _read_enum(raw: Raw, column: Column) -> CellReading:
    if fold_label(_as_text(raw)) in map(fold_label, column.blank_labels):
        return CellReading()
    return _find_code(_as_text(raw), column)


def _read_multi_enum(raw: Raw, column: Column) -> CellReading:
    whole = _find_code(_as_text(raw), column)
    if isinstance(whole.value, str):
        return CellReading((whole.value,), warnings=whole.warnings)
    readings = [_find_code(part, column) for part in _SEPARATORS.split(clean_prose(_as_text(raw))) if part]
    if not readings or any(reading.error for reading in readings):
        return CellReading(error="enum_unknown")
    codes = dict.fromkeys(str(reading.value) for reading in readings)
    return CellReading(tuple(codes), warnings=tuple({code for reading in readings for code in reading.warnings}))


def _read_boolean(raw: Raw, column: Column) -> CellReading:
    if isinstance(raw, bool):
        return CellReading(raw)
    folded = fold_label(_as_text(raw))
    if folded in _TRUE:
        return CellReading(True)
    return CellReading(False) if folded in _FALSE else CellReading(error="enum_unknown")


def _read_integer(raw: Raw, column: Column) -> CellReading:
    match = _COUNT.fullmatch(fold_label(_as_text(raw))) if not isinstance(raw, (bool, date, time)) else None
    if not match or match[2] == "万":
        return CellReading(error="number_unparseable")
    number = Decimal(match[1].replace(",", ""))
    if number != number.to_integral_value():
        return CellReading(error="number_unparseable")
    if not column.minimum <= number <= column.maximum:
        return CellReading(error="number_out_of_range")
    return CellReading(int(number), warnings=("number_unit_stripped",) if match[2] else ())


def _read_date(raw: Raw, column: Column) -> CellReading:
    if isinstance(raw, datetime):
        return _check_year(raw.date())
    if isinstance(raw, date):
        return _check_year(raw)
    text = clean_prose(_as_text(raw))
    if re.fullmatch(r"\d{5}", text) and int(text) in _SERIALS and not isinstance(raw, bool):
        return CellReading(_EPOCH_1900 + timedelta(days=int(text)), warnings=("date_from_serial",))
    text = re.sub(r"\s*([-/.年月日])\s*", r"\1", text)
    for pattern in _FULL_DATE:
        if match := pattern.fullmatch(text):
            return _make_date(int(match[1]), int(match[2]), int(match[3]))
    # A number 2019.1 may be January or October; only a text says which.
    if (match := _PARTIAL_DATE.fullmatch(text)) and isinstance(raw, str):
        partial = _make_date(int(match[1]), int(match[2]), 1)
        return CellReading(partial.value, partial.error, () if partial.error else ("date_partial",))
    return CellReading(error="date_unparseable")


def _make_date(year: int, month: int, day: int) -> CellReading:
    try:
        return _check_year(date(year, month, day))
    except ValueError:
        return CellReading(error="date_unparseable")


def _check_year(day: date) -> CellReading:
    return CellReading(day) if day.year in _YEARS else CellReading(error="date_unparseable")


def _read_money(raw: Raw, unit: MoneyUnit) -> CellReading:
    if isinstance(raw, (bool, date, time, timedelta)) or raw is None:
        return CellReading(error="money_unparseable")
    reading = read_money(raw, unit=unit)
    if reading.fault:
        return CellReading(error=reading.fault.value)
    warnings = (
        ("money_approximate", reading.approximate),
        ("money_unit_converted", reading.unit_converted),
        ("money_suspicious_unit", reading.suspicious_unit),
    )
    return CellReading(reading.amount_fen, warnings=tuple(code for code, present in warnings if present))


_READERS: dict[Kind, Callable[[Raw, Column], CellReading]] = {
    Kind.TEXT: _read_text,
    Kind.NAME: _read_name,
    Kind.CODE: _read_code,
    Kind.ENUM: _read_enum,
    Kind.MULTI_ENUM: _read_multi_enum,
    Kind.BOOLEAN: _read_boolean,
    Kind.INTEGER: _read_integer,
    Kind.DATE: _read_date,
}
