"""Grants: a grantor, an application, named scopes, an end."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.api_clients.models import ApiClient
from services.registry.db import Base
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Identified, Stamped, Versioned


class Grant(Base, Identified, Versioned, Stamped):
    """
    What a grantor lets an application do for it.

    ``grantor_role``, ``division``, ``organization_id`` and ``grantor_scope`` say what the grantor stood for when it
    granted; a client that stands for something else by now has granted nothing of that.
    """

    __tablename__ = "grants"

    application: Mapped[str] = mapped_column(ForeignKey("api_clients.client_id"), index=True)
    granted_by: Mapped[str] = mapped_column(ForeignKey("api_clients.client_id"), index=True)
    grantor_role: Mapped[Role]
    grantor_scope: Mapped[str] = mapped_column(index=True)
    division: Mapped[str | None]
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    scopes: Mapped[list[str]]
    purpose: Mapped[str]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]

    def is_live(self, *, at: datetime) -> bool:
        """Tell whether it has neither ended nor been revoked."""
        return self.revoked_at is None and at < self.ends_at

    def stands_for(self, grantor: ApiClient) -> bool:
        """Tell whether the client that granted it still stands for what it stood for then."""
        stood_for = (self.granted_by, self.grantor_role, self.division, self.organization_id)
        return stood_for == (grantor.client_id, grantor.role, grantor.division, grantor.organization_id)

    def revoke(self, *, by: Principal, at: datetime) -> None:
        """End it, and with it the tokens and subscriptions that hang on it; the first revocation is the one kept."""
        if self.revoked_at is None:
            self.revoked_at, self.revoked_by = at, by.signature
