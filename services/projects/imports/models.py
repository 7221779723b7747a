"""Imports: the file until it is read, what was found in it, and what became of every row."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.projects.db import Base
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Identified, Stamped
from shared.workbooks.findings import Finding, Outcome, Severity


class ImportKind(StrEnum):
    """What a file holds."""

    DEMANDS = "demands"
    SUPPLIES = "supplies"


IMPORTERS = {ImportKind.DEMANDS: Role.RURAL_OFFICER, ImportKind.SUPPLIES: Role.CIVIL_AFFAIRS_OFFICER}


class RowEffect(StrEnum):
    """What an accepted row did; ``kept`` = the entry differs but is in review or public already, and was left alone."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT = "kept"


class Import(Base, Identified, Stamped):
    """A file that an office sent, in its name and under its division, judged as of one day."""

    __tablename__ = "imports"
    __table_args__ = (
        Index("ix_imports_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_is_hexadecimal"),
        CheckConstraint("(content is null) = (finished_at is not null)", name="content_until_finished"),
    )

    kind: Mapped[ImportKind]
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

    @property
    def importer(self) -> Principal:
        """The officer in whose name the rows are written."""
        return Principal(subject=self.submitted_by, role=IMPORTERS[self.kind], division=self.division)

    def finish(self, summary: dict[str, Any], *, at: datetime) -> None:
        """End the import; the file, which may hold personal data in refused rows, is forgotten."""
        self.summary, self.finished_at, self.content = summary, at, None


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
    subject_id: Mapped[UUID | None]


def store_findings(findings: tuple[Finding, ...]) -> list[Any]:
    """Return findings as they are stored."""
    return [{"code": one.code, "field": one.field, "severity": one.severity.value} for one in findings]


def restore_findings(stored: list[Any]) -> tuple[Finding, ...]:
    """Return stored findings."""
    return tuple(Finding(one["code"], one["field"], Severity(one["severity"])) for one in stored)
