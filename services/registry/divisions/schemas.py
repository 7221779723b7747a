"""Divisions as callers see them."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.contracts.codes import Designation
from shared.schemas import Reading


class DesignationRead(Reading):
    """A dated label (区域标签)."""

    code: Designation
    valid_from: date | None = None
    last_valid_on: date | None = None
    source: str


class DivisionRead(Reading):
    """An administrative division (行政区划)."""

    id: UUID
    code: str = Field(description="12 digits")
    name: str
    full_name: str
    parent_code: str | None = None
    level: str
    last_valid_on: date | None = None
    successor_codes: list[str] = []
    designations: list[DesignationRead] = []
