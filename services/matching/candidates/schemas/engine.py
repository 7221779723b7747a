"""The figures of the market in memory as operators see them."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.matching.candidates.schemas.candidates import PositionRead
from shared.schemas import Reading


class EngineRead(Reading):
    """The market in memory (匹配引擎) of one process; without one, each request is answered from the database."""

    state: Literal["none", "building", "answering", "rebuilding"]
    size: int = Field(description="Open demands and listed supplies together")
    demands: int | None = None
    supplies: int | None = None
    added: int | None = Field(default=None, description="Demands and supplies beside the base, until it is compacted")
    memory_bytes: int | None = Field(default=None, description="Of the engine's arrays, without the facts")
    as_of_position: PositionRead | None = None
    policy_version: str | None = None
    built_at: datetime | None = None
    build_seconds: float | None = Field(default=None, description="Reading, encoding and building")
    looked_at: datetime | None = Field(default=None, description="When it last looked for changes")
    lag_seconds: float | None = Field(default=None, description="How long the newest change waited until it was known")
