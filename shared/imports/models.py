"""Imports: the file until it is read, what was found in it, and what became of every row."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.audit.recording import Audited
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import COLUMN_TYPES, NAMING, Identified, Stamped
from shared.privacy import contains_personal_data
from shared.workbooks.findings import Finding, Outcome, Severity
from shared.workbooks.reports import RowReport, TableReport

OUT_OF_AREA = {"demand_out_of_scope", "region_out_of_scope"}


class ImportTables(Audited, DeclarativeBase):
    """The tables of imports; a service that imports adds their metadata to its own."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = COLUMN_TYPES


class RowEffect(StrEnum):
    """What an accepted row did; ``kept`` = what is on record differs but may not be changed, and was left alone."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT = "kept"


class Import(ImportTables, Identified, Stamped):
    """A file that an office sent, in its name and under its division, judged as of one day."""

    __tablename__ = "imports"
    __table_args__ = (
        Index("ix_imports_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_is_hexadecimal"),
        CheckConstraint("(content is null) = (finished_at is not null)", name="content_until_finished"),
    )

    kind: Mapped[str]
    file_name: Mapped[str]
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
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

    def in_name_of(self, role: Role) -> Principal:
        """Return the officer who sent the file and in whose name the rows are written."""
        return Principal(subject=self.submitted_by, role=role, division=self.division)

    def judge(self, report: TableReport) -> None:
        """Keep what was found about the file itself; a title of the sheet that tells of a person is not kept."""
        self.findings, self.refused = write_findings(report.findings), report.refused
        self.sheet = _safe(report.sheet)

    def finish(self, summary: dict[str, Any], *, at: datetime) -> None:
        """End the import; the file, which may hold personal data in refused rows, is forgotten."""
        self.summary, self.finished_at, self.content = summary, at, None

    def report(self, rows: Sequence["ImportRow"]) -> TableReport:
        """Return the report of the whole file, for its download."""
        return TableReport(read_findings(self.findings), sheet=self.sheet, rows=tuple(row.report() for row in rows))


class ImportRow(ImportTables):
    """The report of one row; it is written with the row's effect, so that a replay knows the row was applied."""

    __tablename__ = "import_rows"
    not_audited = "the report of a row; what the row did to an object is recorded with the object"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str | None]
    outcome: Mapped[Outcome]
    errors: Mapped[list[Any]]
    warnings: Mapped[list[Any]]
    effect: Mapped[RowEffect | None]
    subject_id: Mapped[UUID | None]

    @property
    def is_foreign(self) -> bool:
        """Tell whether the row was refused because it lies outside the office's area."""
        return any(one["code"] in OUT_OF_AREA for one in self.errors)

    def correct(self, refused: Collection[str]) -> None:
        """Say of an earlier row of the same number that it was refused, where only the records could tell."""
        errors = read_findings(self.errors)
        corrected = [_correct(one, refused) for one in errors]
        if corrected != list(errors):
            self.errors = write_findings(corrected)

    def report(self) -> RowReport:
        """Return the row's report without the values of its cells, which are not kept."""
        errors, warnings = read_findings(self.errors), read_findings(self.warnings)
        effect = self.effect.value if self.effect else None
        return RowReport(self.row, self.key, self.outcome, errors, warnings, effect=effect)


def write_findings(findings: Iterable[Finding]) -> list[Any]:
    """
    Return findings as they are stored: code, column and facts, never a free text.

    A heading that tells of a person is left out.
    """
    return [
        {"code": one.code, "field": _safe(one.field), "severity": one.severity.value, "facts": dict(one.facts)}
        for one in findings
    ]


def _correct(finding: Finding, refused: Collection[str]) -> Finding:
    names = {"first_row": "refused_row"}
    facts = ((names.get(name, name) if fact in refused else name, fact) for name, fact in finding.facts)
    return replace(finding, facts=tuple(facts))


def _safe(heading: str | None) -> str | None:
    return "…" if heading and contains_personal_data(heading) else heading


def read_findings(stored: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Return stored findings."""
    return tuple(
        Finding(one["code"], one["field"], Severity(one["severity"]), tuple(one.get("facts", {}).items()))
        for one in stored
    )
