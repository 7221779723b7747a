"""What an import says about a table: findings of the file, and outcome, findings and values of every row."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from shared.workbooks.findings import Finding, Outcome, Severity
from shared.workbooks.template import Template

Value = str | int | bool | date | tuple[str, ...] | None
RowT = TypeVar("RowT")


@dataclass(frozen=True)
class RowReport:
    """
    The outcome of one row; ``row`` is the number Excel shows (in CSV the record number).

    ``effect`` is what an applied row did to the records.
    """

    row: int
    key: str | None
    outcome: Outcome
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)
    effect: str | None = None


@dataclass(frozen=True)
class TableReport:
    """The outcome of a file; ``header_map`` gives the canonical header of every header found (None = not stored)."""

    findings: tuple[Finding, ...]
    sheet: str | None = None
    encoding: str | None = None
    header_rows: tuple[int, ...] = ()
    first_data_row: int | None = None
    header_map: Mapping[str, str | None] = field(default_factory=dict)
    rows: tuple[RowReport, ...] = ()

    @property
    def refused(self) -> bool:
        """Tell whether the whole file was refused."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def count(self) -> dict[str, int]:
        """Return the number of rows by outcome."""
        return dict(Counter(row.outcome.value for row in self.rows))


@dataclass(frozen=True)
class CheckedTable(Generic[RowT]):
    """A report together with the typed rows that may be stored."""

    report: TableReport
    accepted: tuple[RowT, ...]


@dataclass
class RowDraft:
    """A row being checked: values by field, findings so far."""

    number: int
    template: Template
    values: dict[str, Value] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add_error(self, code: str, name: str, **facts: str) -> None:
        """Add an error on a field, with facts of :class:`Finding`; the field's value is dropped."""
        self.values[name] = None
        self.findings.append(Finding(code, self.header(name), Severity.ERROR, tuple(facts.items())))

    def add_warning(self, code: str, name: str, **facts: str) -> None:
        """Add a warning on a field, once, with facts of :class:`Finding`."""
        if not self.has_warning(code, name):
            self.findings.append(Finding(code, self.header(name), Severity.WARNING, tuple(facts.items())))

    def has_error_on(self, *names: str) -> bool:
        """Tell whether one of the fields has an error."""
        headers = {self.header(name) for name in names}
        return any(f.severity is Severity.ERROR and f.field in headers for f in self.findings)

    def has_warning(self, code: str, name: str) -> bool:
        """Tell whether a field has a warning of that code."""
        known = (code, self.header(name), Severity.WARNING)
        return any((finding.code, finding.field, finding.severity) == known for finding in self.findings)

    @property
    def is_accepted(self) -> bool:
        """Tell whether no error was found."""
        return all(finding.severity is Severity.WARNING for finding in self.findings)

    def text(self, name: str) -> str:
        """Return a text value, '' where there is none."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def optional_text(self, name: str) -> str | None:
        """Return a text value or None."""
        return self.text(name) or None

    def number_of(self, name: str) -> int | None:
        """Return a whole number (amounts: fen) or None."""
        value = self.values.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def date_of(self, name: str) -> date | None:
        """Return a date or None."""
        value = self.values.get(name)
        return value if isinstance(value, date) else None

    def flag(self, name: str) -> bool | None:
        """Return a yes or no, None where nothing was said."""
        value = self.values.get(name)
        return value if isinstance(value, bool) else None

    def codes(self, name: str) -> tuple[str, ...]:
        """Return the codes of a multiple choice."""
        value = self.values.get(name)
        return value if isinstance(value, tuple) else ()

    def check_not_after(self, name: str, day: date) -> None:
        """Refuse a date after ``day``, which must lie in the past or today."""
        value = self.date_of(name)
        if value and value > day:
            self.add_error("date_in_future", name)

    def check_order(self, start: str, end: str) -> None:
        """Refuse an end before its start."""
        first, last = self.date_of(start), self.date_of(end)
        if first and last and last < first:
            self.add_error("date_order", end, column=self.header(start))

    def tell_apart(self) -> dict[str, str]:
        """Return the facts for a later row with the same key: whether this one counts or was refused itself."""
        return {"first_row" if self.is_accepted else "refused_row": str(self.number)}

    def report(self, key: str | None) -> RowReport:
        """Close the draft; a row with personal data keeps no values (its key comes from a clean cell)."""
        errors = tuple(f for f in self.findings if f.severity is Severity.ERROR)
        warnings = tuple(f for f in self.findings if f.severity is Severity.WARNING)
        if any(finding.code == "personal_data" for finding in errors):
            return RowReport(self.number, key, Outcome.REJECTED, errors, warnings)
        outcome = Outcome.ACCEPTED_WITH_WARNING if warnings else Outcome.ACCEPTED
        return RowReport(self.number, key, Outcome.REJECTED if errors else outcome, errors, warnings, dict(self.values))

    def header(self, name: str) -> str:
        """Return the canonical header of a field."""
        return self.template.column(name).header
