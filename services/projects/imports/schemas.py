"""Imports as offices see them, where projects says more than the mechanism does."""

from uuid import UUID

from pydantic import Field

from services.projects.imports import models
from shared.imports import schemas


class ImportRead(schemas.ImportRead):
    """An import (导入): its file, its findings and its numbers."""

    kind: models.ImportKind


class ImportRowRead(schemas.RowReportRead):
    """The report of one row; never a value of it but its key, the number of the demand or supply."""

    subject_id: UUID | None = Field(default=None, description="The demand or supply")
