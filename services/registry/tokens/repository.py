"""All SQL about signing keys."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.registry.tokens.models import SigningKey
from shared.db import Session


class SigningKeyRepository:
    """Signing keys of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def current(self) -> SigningKey | None:
        """Return the key that signs now."""
        query = select(SigningKey).where(SigningKey.retired_at.is_(None))
        return (await self._session.execute(query)).scalar_one_or_none()

    async def add_first(self, key: SigningKey) -> SigningKey:
        """Store the first key, or return the one that another process stored at the same moment."""
        values = {
            "kid": key.kid,
            "public_jwk": key.public_jwk,
            "sealed_private_jwk": key.sealed_private_jwk,
        }
        await self._session.execute(insert(SigningKey).values(**values).on_conflict_do_nothing())
        current = await self.current()
        assert current is not None  # noqa: S101
        return current

    async def list_public(self) -> list[SigningKey]:
        """Return every key whose tokens may still be in use, newest first."""
        return list((await self._session.execute(select(SigningKey).order_by(SigningKey.created_at.desc()))).scalars())
