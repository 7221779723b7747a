"""The keys that sign access tokens."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.db import Base
from shared import clock


class SigningKey(Base):
    """An Ed25519 key pair: the private half is sealed, the public half is served as JWKS."""

    __tablename__ = "signing_keys"
    # One key signs at a time; whoever makes the first one wins the race.
    __table_args__ = (
        Index(
            "uq_signing_keys_current",
            text("(retired_at is null)"),
            unique=True,
            postgresql_where=text("retired_at is null"),
        ),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    public_jwk: Mapped[dict[str, Any]]
    sealed_private_jwk: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    retired_at: Mapped[datetime | None]
