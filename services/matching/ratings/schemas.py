"""Ratings in and out."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.matching.pairings.models import Side
from shared.free_text import FreeRemark
from shared.schemas import Command, Reading


class RatingCreate(Command):
    """A rating (评单) with one tap: stars, and a note for who wants to say more."""

    stars: Annotated[int, Field(ge=1, le=5, description="1 = 很不满意 very dissatisfied, 5 = 很满意 very satisfied")]
    note: Annotated[FreeRemark, Field(min_length=1)] | None = Field(default=None, description="No personal data")


class RatingRead(Reading):
    """A side's rating (评单) of a completed pairing."""

    side: Side
    stars: int
    note: str | None = None
    at: datetime
