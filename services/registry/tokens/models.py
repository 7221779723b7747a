"""The keys that sign access tokens: one signs, the next is published already, the former stay for their tokens."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.db import Base
from shared import clock

PUBLISHED_AHEAD = timedelta(minutes=10)
"""How long a key is published before it signs: longer than anybody keeps the key document."""
MARGIN = timedelta(minutes=2)
"""How long beyond the last token's end a key stays published, for clocks that differ."""


class SigningKey(Base):
    """
    An Ed25519 key pair: the private half is sealed, the public half is served as JWKS.

    Its times tell its state: without ``signs_from`` it is the next one; ``retired_at`` is when its successor began.
    """

    __tablename__ = "signing_keys"
    __table_args__ = (
        Index(
            "uq_signing_keys_next",
            text("(signs_from is null)"),
            unique=True,
            postgresql_where=text("signs_from is null"),
        ),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    public_jwk: Mapped[dict[str, Any]]
    sealed_private_jwk: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    signs_from: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    published_until: Mapped[datetime | None]

    def take_over(self, *, at: datetime) -> datetime:
        """Let the next key sign as soon as it was published long enough, and return when that is."""
        self.signs_from = max(at, self.created_at + PUBLISHED_AHEAD)
        return self.signs_from

    def retire(self, *, at: datetime, longest_token: timedelta) -> None:
        """Stop signing at a time; the key stays published until the last of its tokens has ended."""
        if self.retired_at is None:
            self.retired_at, self.published_until = at, at + longest_token + MARGIN


def signing_key(keys: list[SigningKey], *, at: datetime) -> SigningKey | None:
    """Return the key that signs at a time: of those that may, the one that began last."""
    may_sign = [(key.signs_from, key) for key in keys if key.signs_from is not None and key.signs_from <= at]
    return max(may_sign, key=lambda pair: pair[0])[1] if may_sign else None


def next_key(keys: list[SigningKey]) -> SigningKey | None:
    """Return the key that is published and does not sign yet."""
    return next((key for key in keys if key.signs_from is None), None)
