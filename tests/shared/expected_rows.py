"""Compare a row report with the expectations of ``expected_import_errors.json``, which speak Chinese and 万元."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from shared.workbooks.reports import RowReport, TableReport, Value
from shared.workbooks.template import Column, Kind, Template

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
AS_OF = date(2026, 11, 22)


def expectations(file: str) -> dict[str, Any]:
    """Return what the sample expects of a file."""
    raw = json.loads((SAMPLE / "expected_import_errors.json").read_text(encoding="utf-8"))
    return next(entry for entry in raw["files"] if entry["file"] == file)


def expected_row_numbers(file: str) -> list[int]:
    """Return the rows a file is judged by."""
    return [row["row"] for row in expectations(file)["rows"]]


def assert_file_as_expected(report: TableReport, file: str) -> None:
    """Check sheet, header, header map and file-level findings."""
    expected = expectations(file)
    assert report.sheet == expected["sheet"]
    assert list(report.header_rows) == expected["header_rows"]
    assert report.first_data_row == expected["first_data_row"]
    # The sample's map also lists canonical headers that this file does not use.
    assert {text: expected["header_map"][text] for text in report.header_map} == report.header_map
    assert {(f.code, f.field) for f in report.findings} == {(f["code"], f["field"]) for f in expected["file_level"]}
    blank = expected["trailing_empty_rows"]
    assert not [row.row for row in report.rows if blank["from"] <= row.row <= blank["to"]]


def assert_row_as_expected(report: TableReport, template: Template, file: str, number: int) -> None:
    """Check outcome, findings and normalised values of one row."""
    expected = next(row for row in expectations(file)["rows"] if row["row"] == number)
    row = next((row for row in report.rows if row.row == number), None)
    if expected["outcome"] == "ignore":
        assert row is None or row.outcome == "ignore"
        return
    assert row is not None
    # Personal data: of the two ways allowed, the platform refuses the row.
    assert row.outcome == {"refuse_or_mask": "reject"}.get(expected["outcome"], expected["outcome"])
    assert {(f["code"], f["field"]) for f in expected["errors"]} <= {(f.code, f.field) for f in row.errors}
    assert {(f["code"], f["field"]) for f in expected["warnings"]} <= {(f.code, f.field) for f in row.warnings}
    if expected["outcome"] == "refuse_or_mask":
        assert not row.values
        return
    by_header = {column.header: column for column in template.columns}
    for header, value in expected["normalised"].items():
        assert _as_in_sheet(row, by_header[header]) == value


def _as_in_sheet(row: RowReport, column: Column) -> object:
    value: Value = row.values[column.field]
    labels = {str(code): label for label, code in reversed(column.labels.items())}
    if column.kind is Kind.MONEY and isinstance(value, int):
        return Decimal(value).scaleb(-6).__float__()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "是" if value else "否"
    if column.field == "region_code":
        return str(value)[:6]
    if column.field == "region_codes" and isinstance(value, tuple):
        return ";".join(prefix if prefix == "*" else prefix.ljust(6, "0") for prefix in value)
    if isinstance(value, tuple):
        return "、".join(labels[code] for code in value)
    return labels[value] if labels and isinstance(value, str) else value
