"""Imports: the file as it came, what was found in it, and what became of every row."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.db import Base
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Identified, Stamped
from shared.workbooks.findings import Finding, Outcome, Severity
from shared.workbooks.reports import RowReport, TableReport


class ImportKind(StrEnum):
    """What a file holds."""

    ORGANIZATIONS = "organizations"


class RowEffect(StrEnum):
    """What an accepted row did to the record."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class Import(Base, Identified, Stamped):
    """A file that an office sent, in its name and under its division, judged as of one day."""

    __tablename__ = "imports"
    __table_args__ = (
        Index("ix_imports_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_is_hexadecimal"),
    )

    kind: Mapped[ImportKind]
    file_name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str]
    size: Mapped[int]
    operation_id: Mapped[UUID] = mapped_column(unique=True)
    submitted_by: Mapped[str]
    division: Mapped[str]
    as_of: Mapped[date]
    findings: Mapped[list[Any]] = mapped_column(default=list)
    refused: Mapped[bool] = mapped_column(default=False)
    sheet: Mapped[str | None]
    summary: Mapped[dict[str, Any] | None]
    finished_at: Mapped[datetime | None]

    @property
    def importer(self) -> Principal:
        """The officer in whose name the rows are written."""
        return Principal(subject=self.submitted_by, role=Role.CIVIL_AFFAIRS_OFFICER, division=self.division)

    @property
    def evidence(self) -> str:
        """What an imported fact rests on: this file."""
        return f"{self.file_name} (sha256 {self.sha256})"

    def report(self, rows: Sequence["ImportRow"]) -> TableReport:
        """Return the report of the whole file, for its download."""
        findings = tuple(read_finding(one) for one in self.findings)
        return TableReport(findings, sheet=self.sheet, rows=tuple(row.report() for row in rows))

    def finish(self, summary: dict[str, Any], *, refused: bool, at: datetime) -> None:
        """End the import with its numbers; a replay finds it ended and does nothing."""
        self.summary, self.refused, self.finished_at = summary, refused, at


class ImportRow(Base):
    """The report of one row; it is written with the row's effect, so that a replay knows the row was applied."""

    __tablename__ = "import_rows"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str | None]
    outcome: Mapped[Outcome]
    errors: Mapped[list[Any]]
    warnings: Mapped[list[Any]]
    effect: Mapped[RowEffect | None]
    organization_id: Mapped[UUID | None]

    def report(self) -> RowReport:
        """Return the row's report without the values of its cells, which are not kept."""
        errors, warnings = (tuple(read_finding(one) for one in stored) for stored in (self.errors, self.warnings))
        return RowReport(self.row, self.key, self.outcome, errors, warnings)


def write_finding(finding: Finding) -> dict[str, Any]:
    """Return a finding as it is stored: its code and column, never a value."""
    return {"code": finding.code, "field": finding.field, "severity": finding.severity.value}


def read_finding(stored: Mapping[str, Any]) -> Finding:
    """Return a stored finding."""
    return Finding(stored["code"], stored["field"], Severity(stored["severity"]))
