"""API clients as the security administrator writes and sees them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.contracts.codes import Role
from shared.free_text import FreeLine
from shared.schemas import Command, DivisionCode, Reading

ClientId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{2,62}$")]


class ApiClientCreate(Command):
    """A new API client."""

    client_id: ClientId
    name: FreeLine = Field(description="What it is for; no person's name")
    role: Role
    division: DivisionCode | None = Field(default=None, description="For offices: the division they work under")
    organization_id: UUID | None = Field(default=None, description="For organizations: the one it speaks for")


class ApiClientRead(Reading):
    """An API client without its secret."""

    id: UUID
    client_id: str
    name: str
    role: Role
    division: str | None = None
    organization_id: UUID | None = None
    disabled_at: datetime | None = None
    created_at: datetime


class ApiClientWithSecret(ApiClientRead):
    """A new API client with its secret, which is shown this once."""

    client_secret: str = Field(description="Keep it safe: it cannot be shown again")
