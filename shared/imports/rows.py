"""What a service says of each kind of file: its form, who sends it, how it is read, and how its rows are applied."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Session
from shared.imports.models import Import, RowEffect
from shared.workbooks.findings import Finding, Outcome, Severity
from shared.workbooks.reports import CheckedTable, RowReport
from shared.workbooks.template import Template


@dataclass(frozen=True)
class AppliedRow:
    """What a row did; ``findings`` are those that only the records could tell."""

    effect: RowEffect | None = None
    subject_id: UUID | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class ReportedRow:
    """A row's report and, where the row was accepted, its typed values."""

    report: RowReport
    stated: Any | None


class Applier(Protocol):
    """Writes accepted rows, some per transaction, and tells what each did, by its number in the sheet."""

    def __call__(
        self, session: Session, *, rows: Sequence[Any], file: Import, by: Principal, at: datetime
    ) -> Awaitable[Mapping[int, AppliedRow]]:
        """Apply rows that were not applied before."""


class Reader(Protocol):
    """Gets ready what judging a file needs, and returns the function that judges it outside any transaction."""

    def __call__(
        self, session: Session, *, file: Import, by: Principal
    ) -> Awaitable[Callable[[bytes], CheckedTable[Any]]]:
        """
        Return the judge of the file's content.

        The same content gives the same rows in the same order, which is the order in which they are applied.
        """


@dataclass(frozen=True)
class FileKind:
    """One kind of file; ``sender`` is the only role that imports it and in whose name its rows are written."""

    template: Template
    sender: Role
    read: Reader
    apply: Applier


def pair_rows(table: CheckedTable[Any]) -> list[ReportedRow]:
    """Return every reported row of a table with its typed values; these have the number of their row in ``row``."""
    stated = {one.row: one for one in table.accepted}
    return [ReportedRow(report, stated.get(report.row)) for report in table.report.rows]


def add_findings(report: RowReport, findings: Sequence[Finding]) -> RowReport:
    """Return the report of a row with further findings; an error among them refuses the row."""
    if not findings:
        return report
    errors = (*report.errors, *(one for one in findings if one.severity is Severity.ERROR))
    warnings = (*report.warnings, *(one for one in findings if one.severity is Severity.WARNING))
    outcome = Outcome.REJECTED if errors else Outcome.ACCEPTED_WITH_WARNING
    return replace(report, errors=errors, warnings=warnings, outcome=outcome)
