"""API clients: a name, a role, a scope, and the keyed hashes of up to two secrets; two people let each of them in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.registry.api_clients.errors import (
    ActivatorIsCreator,
    ApiClientSecretNotFound,
    RoleNeedsDivision,
    RoleNeedsOrganization,
    TwoSecretsAreLive,
)
from services.registry.db import Base
from shared import clock
from shared.auth.principals import BY_DIVISION, Principal
from shared.contracts.codes import Role
from shared.db import Identified, Stamped, Versioned

MOST_LIVE_SECRETS = 2


class Countersigned:
    """What counts only once somebody else than its creator has activated it (四眼原则)."""

    created_by: Mapped[str]
    activated_at: Mapped[datetime | None]
    activated_by: Mapped[str | None]

    @property
    def is_pending(self) -> bool:
        """Tell whether it still waits for a second person."""
        return self.activated_at is None

    def activate(self, *, by: Principal, at: datetime) -> None:
        """
        Let it count from now on; what is active already stays as it is.

        :raises ActivatorIsCreator: if the caller made it
        """
        if self.is_pending:
            if by.has_signed(self.created_by):
                raise ActivatorIsCreator
            self.vouch(by=by.signature, at=at)

    def vouch(self, *, by: str, at: datetime) -> None:
        """Activate it without a second look, as the deployment does with its own."""
        if self.is_pending:
            self.activated_at, self.activated_by = at, by


class ApiClientSecret(Base, Identified, Countersigned):
    """One secret of an API client; the secret itself is kept nowhere."""

    __tablename__ = "api_client_secrets"
    unaudited_fields = frozenset({"last_used_at"})
    told_fields = frozenset({"api_client_id"})

    api_client_id: Mapped[UUID] = mapped_column(ForeignKey("api_clients.id"), index=True)
    secret_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None] = mapped_column(index=True)
    last_used_at: Mapped[datetime | None]

    def is_standing(self, *, at: datetime) -> bool:
        """Tell whether it has not ended: it gets tokens, or will once it is activated."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


class ApiClient(Base, Identified, Versioned, Stamped, Countersigned):
    """Somebody who may get access tokens."""

    __tablename__ = "api_clients"
    # What the audit administrator must see: who was given which power.
    told_fields = frozenset({"client_id", "role", "division", "organization_id"})

    client_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role]
    division: Mapped[str | None]
    # Named, not imported: the feature of organizations stands above this one.
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    expires_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None] = mapped_column(index=True)
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

    def has_ended(self, *, at: datetime) -> bool:
        """Tell whether it was disabled or its time is over."""
        return self.disabled_at is not None or (self.expires_at is not None and self.expires_at <= at)

    def is_live(self, *, at: datetime) -> bool:
        """Tell whether it gets tokens."""
        return not self.is_pending and not self.has_ended(at=at)

    def standing_secrets(self, *, at: datetime) -> list[ApiClientSecret]:
        """Return the secrets that have not ended, oldest first."""
        return [one for one in self.secrets if one.is_standing(at=at)]

    def activate_with_secrets(self, *, by: Principal, at: datetime) -> None:
        """
        Activate it, and with it the secrets that wait and that the caller did not make.

        :raises ActivatorIsCreator: if the caller made the client
        """
        if self.is_pending:
            self.activate(by=by, at=at)
            for one in self.secrets:
                if not by.has_signed(one.created_by):
                    one.activate(by=by, at=at)

    def activate_secret(self, secret_id: UUID, *, by: Principal, at: datetime) -> ApiClientSecret:
        """
        Activate one of its secrets.

        :raises ApiClientSecretNotFound: if it is none of this client's
        :raises ActivatorIsCreator: if the caller made it
        """
        one = self._secret(secret_id)
        one.activate(by=by, at=at)
        return one

    def add_secret(self, secret: ApiClientSecret, *, at: datetime) -> ApiClientSecret:
        """
        Give it a second secret, so that the first can be replaced without an outage.

        :raises TwoSecretsAreLive: if it has two
        """
        if len(self.standing_secrets(at=at)) >= MOST_LIVE_SECRETS:
            raise TwoSecretsAreLive
        self.secrets.append(secret)
        return secret

    def revoke_secret(self, secret_id: UUID, *, at: datetime) -> ApiClientSecret:
        """
        End a secret, and with it the tokens that it got.

        :raises ApiClientSecretNotFound: if it is none of this client's
        """
        one = self._secret(secret_id)
        one.revoked_at = one.revoked_at or at
        return one

    def change(self, stated: Mapping[str, Any], *, at: datetime) -> None:
        """
        Become what the deployment states.

        With another role or scope, or an earlier end, every secret ends and with it the tokens that say the former:
        nobody who was let in as one thing is let in as another.
        """
        power = any(getattr(self, name) != stated[name] for name in ("role", "division", "organization_id"))
        end, former = stated["expires_at"], self.expires_at
        if power or (end is not None and (former is None or end < former)):
            for one in self.standing_secrets(at=at):
                one.revoked_at = at
        for name, value in stated.items():
            setattr(self, name, value)

    def disable(self, *, at: datetime) -> None:
        """Stop giving out tokens, and end the present ones."""
        self.disabled_at = self.disabled_at or at

    def _secret(self, secret_id: UUID) -> ApiClientSecret:
        for one in self.secrets:
            if one.id == secret_id:
                return one
        raise ApiClientSecretNotFound(pointer="path/secret_id")
