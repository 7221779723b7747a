"""Policies as callers see them."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from shared.schemas import Reading


class PolicyRead(Reading):
    """A version of the matching policy (匹配政策) with weights, parameters and citations."""

    version: str
    valid_from: date
    last_valid_on: date | None = Field(default=None, description="Inclusive; absent = until another version")
    document: dict[str, Any] = Field(description="Weights, caps, parameters, deadlines and citations")
    created_at: datetime
