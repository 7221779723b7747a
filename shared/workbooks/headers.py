"""Find the header of a form in a sheet: one or two rows, below any title rows."""

import re
from dataclasses import dataclass

from shared.china.money import MoneyUnit
from shared.privacy import contains_personal_data
from shared.workbooks.folding import clean_name, fold_header, strip_brackets
from shared.workbooks.grid import Sheet
from shared.workbooks.template import Column, Template

_SEARCHED_ROWS = 30
_LONGEST_NAME = 60
_PERSONAL = re.compile(
    r"电话|手机|联系方式|联系人|身份证|证件号|银行卡|卡号|银行账[号户]|邮箱|电子邮件|e-?mail|微信|qq号|住址|姓名|负责人|法定代表人"
)
_UNITS = "|".join(sorted((unit.value for unit in MoneyUnit), key=len, reverse=True))
_HEADER_UNIT = re.compile(rf"\((?:单位[:：]?)?({_UNITS})\)")
_UNIT_LINE = re.compile(rf"(?<!报)(?:单位|金额)[:：]\s*(?:人民币)?({_UNITS})(?![\u4e00-\u9fff])")


@dataclass(frozen=True)
class Header:
    """
    Where the header stands and what its columns are.

    ``texts`` are the headers as written, for comparing alone; ``unknown``, ``duplicates`` and ``personal`` hold them
    as they may be kept and told.
    """

    rows: tuple[int, ...]
    columns: dict[int, Column]
    units: dict[int, MoneyUnit]
    texts: dict[int, str]
    unknown: tuple[str, ...]
    duplicates: tuple[str, ...]
    personal: tuple[str, ...]

    @property
    def first_data_row(self) -> int:
        """Return the row below the header."""
        return self.rows[-1] + 1

    def header_map(self) -> dict[str, str | None]:
        """Return the canonical header of every header as written, None for columns that are not stored."""
        return {text: self.columns[i].header if i in self.columns else None for i, text in self.texts.items()}


def show_name(text: str, instead: str) -> str:
    """Return a header or a sheet's title cleaned as cells are, or what stands in its stead if it tells of a person."""
    name = "".join(character for character in clean_name(text) if character.isprintable())
    if not name or contains_personal_data(text) or contains_personal_data(name):
        return instead
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def find_header(sheet: Sheet, template: Template) -> Header | None:
    """Return the best header of a sheet, or None where fewer than three columns of the form are found."""
    known = template.headers()
    best: tuple[int, tuple[int, ...]] = (0, ())
    first_rows = sheet.row_numbers[:_SEARCHED_ROWS]
    # Two rows must find more than one row alone: a title above the header is no header.
    for rows in [*((row,) for row in first_rows), *((row, row + 1) for row in first_rows)]:
        score = len(_match_columns(_texts(sheet, rows), known))
        if score > best[0]:
            best = (score, rows)
    if best[0] < 3:
        return None
    return _describe(sheet, best[1], known)


def _texts(sheet: Sheet, rows: tuple[int, ...]) -> dict[int, str]:
    """Return the header text of each column: the lowest row that says something."""
    texts: dict[int, str] = {}
    for row in rows:
        for column in range(1, sheet.width + 1):
            cell = sheet.cell(row, column)
            if isinstance(cell.value, str) and cell.value.strip() and not cell.filled_down:
                texts[column] = cell.value.strip()
    return texts


def _match_columns(texts: dict[int, str], known: dict[str, Column]) -> dict[int, str]:
    """Return the field of each column; a second column of the same field is left out."""
    found: dict[int, str] = {}
    for index, column in _resolve(texts, known).items():
        if column.field not in found.values():
            found[index] = column.field
    return found


def _resolve(texts: dict[int, str], known: dict[str, Column]) -> dict[int, Column]:
    """Match headers as they stand, then without remarks in brackets such as (18位) and (√/×)."""
    stripped = {strip_brackets(text): column for text, column in known.items() if strip_brackets(text)}
    resolved: dict[int, Column] = {}
    for index, text in texts.items():
        folded = fold_header(text)
        column = known.get(folded) or stripped.get(strip_brackets(folded))
        if column:
            resolved[index] = column
    return resolved


def _describe(sheet: Sheet, rows: tuple[int, ...], known: dict[str, Column]) -> Header:
    texts = _texts(sheet, rows)
    resolved = _resolve(texts, known)
    chosen = _match_columns(texts, known)
    columns = {index: resolved[index] for index in chosen}
    others = {index: text for index, text in texts.items() if index not in columns}
    personal = {
        index for index, text in others.items() if index not in resolved and _PERSONAL.search(fold_header(text))
    }
    sheet_unit = _find_sheet_unit(sheet, rows[0])
    shown = {index: show_name(text, f"第{index}列 (column {index})") for index, text in texts.items()}
    return Header(
        rows=rows,
        columns=columns,
        units={index: _find_unit(texts[index]) or sheet_unit or MoneyUnit.WAN for index in columns},
        texts=texts,
        unknown=tuple(shown[i] for i in others if i not in personal and i not in resolved),
        duplicates=tuple(shown[i] for i in others if i in resolved),
        personal=tuple(shown[index] for index in sorted(personal)),
    )


def _find_unit(header: str) -> MoneyUnit | None:
    match = _HEADER_UNIT.search(fold_header(header))
    return MoneyUnit(match[1]) if match else None


def _find_sheet_unit(sheet: Sheet, header_row: int) -> MoneyUnit | None:
    """Return the unit that a title row above the header states (金额单位：万元)."""
    for row in (number for number in sheet.row_numbers if number < header_row):
        for cell in sheet.row(row):
            if isinstance(cell.value, str) and (match := _UNIT_LINE.search(cell.value)):
                return MoneyUnit(match[1])
    return None
