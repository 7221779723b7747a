"""Commitments as the service asks for them and as both sides see them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.contracts.codes import CommitmentStatus
from shared.contracts.projects import CommitmentRelease, CommitmentRequest
from shared.free_text import FreeLine
from shared.schemas import Reading


class CommitmentPut(CommitmentRequest):
    """What a confirmed pairing holds."""

    model_config = ConfigDict(extra="forbid")

    promised_fen: Annotated[int, Field(ge=0, le=10**16)] | None = Field(default=None, description="Recorded only")


class CommitmentReleasePost(CommitmentRelease):
    """Why it is given back."""

    model_config = ConfigDict(extra="forbid")

    reason: FreeLine


class CommitmentRead(Reading):
    """A commitment (占用)."""

    id: UUID
    pairing_id: UUID
    demand_id: UUID
    supply_id: UUID
    status: CommitmentStatus
    promised_fen: int | None = None
    release_reason: str | None = None
    created_at: datetime
    released_at: datetime | None = None
