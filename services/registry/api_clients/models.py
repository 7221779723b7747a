"""API clients: a name, a role, a scope, and the keyed hash of a secret."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.api_clients.errors import RoleNeedsDivision, RoleNeedsOrganization
from services.registry.db import Base
from shared.auth.principals import BY_DIVISION
from shared.contracts.codes import Role
from shared.db import Identified, Stamped, Versioned


class ApiClient(Base, Identified, Versioned, Stamped):
    """Somebody who may get access tokens; the secret itself is kept nowhere."""

    __tablename__ = "api_clients"

    client_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role]
    division: Mapped[str | None]
    # Named, not imported: the feature of organizations stands above this one.
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    secret_hash: Mapped[str]
    disabled_at: Mapped[datetime | None]
    created_by: Mapped[str]

    def check_scope(self) -> None:
        """
        Refuse a role without the scope that it works in.

        :raises RoleNeedsDivision: if an office has no division
        :raises RoleNeedsOrganization: if an organization's client names none
        """
        if self.role in BY_DIVISION and not self.division:
            raise RoleNeedsDivision(pointer="/division")
        if self.role in {Role.ORGANIZATION, Role.SUPERVISING_UNIT} and not self.organization_id:
            raise RoleNeedsOrganization(pointer="/organization_id")

    def disable(self, *, at: datetime) -> None:
        """Stop giving out tokens; the present ones end by themselves."""
        self.disabled_at = self.disabled_at or at
