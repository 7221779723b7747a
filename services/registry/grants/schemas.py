"""Grants as grantors write them and as the parties see them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from services.registry.api_clients.schemas import ClientId
from services.registry.grants.models import Grant
from shared.auth.principals import Principal
from shared.contracts.codes import GrantScope, Role
from shared.free_text import FreeLine
from shared.schemas import Command, Distinct, Reading


class GrantCreate(Command):
    """A new grant to a partner application."""

    client_id: ClientId = Field(description="合作应用: the application that may act")
    scopes: Annotated[list[GrantScope], Distinct] = Field(
        min_length=1, max_length=len(GrantScope), description="授权范围: `/dictionaries/grant_scope`"
    )
    ends_at: AwareDatetime = Field(description="When it ends by itself, a year ahead at most")
    purpose: FreeLine = Field(description="用途: what the application is to do; no person's name")


class GrantRead(Reading):
    """A grant; what it is for is told to its two parties alone."""

    id: UUID
    client_id: str = Field(validation_alias="application")
    granted_by: str = Field(description="授权方: its client_id, the `sub` of the tokens")
    grantor_role: Role
    division: str | None = None
    organization_id: UUID | None = None
    scopes: list[GrantScope]
    purpose: str | None = None
    ends_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    created_at: datetime


def show_grant(grant: Grant, *, to: Principal) -> GrantRead:
    """Return a grant as the caller may see it: a security administrator sees nothing of the business behind it."""
    shown = GrantRead.model_validate(grant)
    return shown.model_copy(update={"purpose": None}) if to.role is Role.SECURITY_ADMINISTRATOR else shown
