"""Imports as offices see them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field, model_validator

from shared.imports.models import RowEffect, read_findings
from shared.schemas import Reading
from shared.workbooks.findings import Outcome, Severity, describe_finding


class FindingRead(Reading):
    """Something wrong or remarkable: a code, the column it is about, facts, and the texts; never a free text of it."""

    code: str
    field: str | None = None
    severity: Severity
    facts: dict[str, str] = Field(
        default={}, description="More about it: `column`, `read_as`, `choices`, `separator`, and rows of the sheet"
    )
    zh: str
    en: str

    @model_validator(mode="before")
    @classmethod
    def add_texts(cls, stored: Any) -> Any:
        """Say a stored finding in both languages."""
        if not isinstance(stored, dict) or "zh" in stored:
            return stored
        [finding] = read_findings([stored])
        return stored | {"zh": describe_finding(finding), "en": describe_finding(finding, "en")}


class ImportSummary(Reading):
    """What became of the rows; entries that were left alone (`kept`) count as unchanged."""

    accepted: int
    accepted_with_warning: int
    rejected: int
    ignored: int
    created: int
    changed: int
    unchanged: int


class ImportRead(Reading):
    """An import (导入): its file, its findings and its numbers."""

    id: UUID
    kind: str
    file_name: str
    sha256: str
    size: int
    operation_id: UUID
    division: str
    as_of: date
    sheet: str | None = None
    refused: bool = Field(description="The file as a whole was refused; the findings say why")
    findings: list[FindingRead] = []
    summary: ImportSummary | None = Field(default=None, description="Absent while the import runs")
    created_at: datetime
    finished_at: datetime | None = None


class RowReportRead(Reading):
    """The report of one row; never a value of it but its key."""

    row: int = Field(description="The number that the spreadsheet shows")
    key: str | None = None
    outcome: Outcome
    errors: list[FindingRead] = []
    warnings: list[FindingRead] = []
    effect: RowEffect | None = None
