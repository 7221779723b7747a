"""API clients: a name, a role, a scope, and the keyed hashes of up to two live secrets."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.registry.api_clients.errors import (
    ApiClientSecretNotFound,
    RoleNeedsDivision,
    RoleNeedsOrganization,
    TwoSecretsAreLive,
)
from services.registry.db import Base
from shared import clock
from shared.auth.principals import BY_DIVISION
from shared.contracts.codes import Role
from shared.db import Identified, Stamped, Versioned

MOST_LIVE_SECRETS = 2


class ApiClientSecret(Base, Identified):
    """One secret of an API client; the secret itself is kept nowhere."""

    __tablename__ = "api_client_secrets"
    unaudited_fields = frozenset({"last_used_at"})

    api_client_id: Mapped[UUID] = mapped_column(ForeignKey("api_clients.id"), index=True)
    secret_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None] = mapped_column(index=True)
    last_used_at: Mapped[datetime | None]

    def is_live(self, *, at: datetime) -> bool:
        """Tell whether it still gets tokens."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


class ApiClient(Base, Identified, Versioned, Stamped):
    """Somebody who may get access tokens."""

    __tablename__ = "api_clients"

    client_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role]
    division: Mapped[str | None]
    # Named, not imported: the feature of organizations stands above this one.
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    expires_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None] = mapped_column(index=True)
    created_by: Mapped[str]
    secrets: Mapped[list[ApiClientSecret]] = relationship(lazy="raise", order_by=ApiClientSecret.id)

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

    def is_live(self, *, at: datetime) -> bool:
        """Tell whether it still gets tokens."""
        return self.disabled_at is None and (self.expires_at is None or at < self.expires_at)

    def live_secrets(self, *, at: datetime) -> list[ApiClientSecret]:
        """Return the secrets that still get tokens, oldest first."""
        return [one for one in self.secrets if one.is_live(at=at)]

    def add_secret(self, secret: ApiClientSecret, *, at: datetime) -> ApiClientSecret:
        """
        Give it a second secret, so that the first can be replaced without an outage.

        :raises TwoSecretsAreLive: if it has two
        """
        if len(self.live_secrets(at=at)) >= MOST_LIVE_SECRETS:
            raise TwoSecretsAreLive
        self.secrets.append(secret)
        return secret

    def revoke_secret(self, secret_id: UUID, *, at: datetime) -> ApiClientSecret:
        """
        End a secret, and with it the tokens that it got.

        :raises ApiClientSecretNotFound: if it is none of this client's
        """
        for one in self.secrets:
            if one.id == secret_id:
                one.revoked_at = one.revoked_at or at
                return one
        raise ApiClientSecretNotFound(pointer="path/secret_id")

    def disable(self, *, at: datetime) -> None:
        """Stop giving out tokens, and end the present ones."""
        self.disabled_at = self.disabled_at or at
