"""Imports as offices see them, where registry says more than the mechanism does."""

from uuid import UUID

from pydantic import Field

from services.registry.imports import models
from shared.imports import schemas


class ImportRead(schemas.ImportRead):
    """An import (导入): its file, its findings and its numbers."""

    kind: models.ImportKind


class ImportRowRead(schemas.RowReportRead):
    """The report of one row; never a value of it but its key, the organization's name."""

    organization_id: UUID | None = Field(default=None, validation_alias="subject_id")
