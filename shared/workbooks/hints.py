"""The facts beside a finding of a cell: what may be chosen, and what the cell was read as."""

from datetime import date
from decimal import Decimal

from shared.workbooks.reports import Value
from shared.workbooks.template import Column, Kind

_MOST_CHOICES = 12
_SEPARATOR = "、"
_READ_AS = frozenset([
    "date_from_serial", "date_partial", "enum_alias", "money_approximate", "money_suspicious_unit",
    "money_unit_converted", "number_unit_stripped",
])  # fmt: skip


def facts_of(code: str, column: Column, value: Value) -> dict[str, str]:
    """Return what a person needs to know beside a finding of a cell; ``value`` is what was read, if anything."""
    if code == "enum_unknown":
        return _describe_choices(column)
    if code in _READ_AS and value is not None:
        return {"read_as": _show(value, column)}
    return {}


def _describe_choices(column: Column) -> dict[str, str]:
    labels = ["是", "否"] if column.kind is Kind.BOOLEAN else list(column.labels)
    shown = _SEPARATOR.join(labels[:_MOST_CHOICES]) + ("……" if len(labels) > _MOST_CHOICES else "")
    return {"choices": shown} | ({"separator": _SEPARATOR} if column.kind is Kind.MULTI_ENUM else {})


def _show(value: Value, column: Column) -> str:
    """Return a value that is no free text as an official would write it."""
    if isinstance(value, date):
        return value.isoformat()
    if column.kind is Kind.MONEY and isinstance(value, int):
        # Plain digits: a Decimal of a round sum would be shown as 1E+2.
        amount = f"{Decimal(value).scaleb(-6):f}"
        return f"{amount.rstrip('0').rstrip('.') if '.' in amount else amount}万元"
    labels = {str(code): label for label, code in reversed(list(column.labels.items()))}
    codes = value if isinstance(value, tuple) else (str(value),)
    return _SEPARATOR.join(labels.get(code, code) for code in codes)
