"""All SQL about signing keys."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, true

from services.registry.tokens.models import SigningKey
from shared.audit.models import Effect
from shared.audit.recording import record_act
from shared.db import Session


class SigningKeyRepository:
    """Signing keys of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def lock(self) -> None:
        """Let nobody else make or replace keys until the transaction ends."""
        await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("signing keys", 0))))

    async def list_public(self, *, at: datetime) -> list[SigningKey]:
        """Return every key whose tokens may still be in use, newest first."""
        query = select(SigningKey).where(or_(SigningKey.published_until.is_(None), SigningKey.published_until > at))
        return list((await self._session.execute(query.order_by(SigningKey.created_at.desc()))).scalars())

    async def add(self, key: SigningKey) -> SigningKey:
        """Store a new key."""
        self._session.add(key)
        await self._session.flush()
        return key

    async def forget(self, *, published_until: datetime) -> None:
        """Delete the keys whose last token has ended."""
        await self._delete(SigningKey.published_until <= published_until)

    async def forget_all(self) -> None:
        """Delete every key: all tokens end."""
        await self._delete(true())

    async def _delete(self, which: ColumnElement[bool]) -> None:
        gone = delete(SigningKey).where(which).returning(SigningKey.kid)
        gone = gone.execution_options(audit="an entry for each key, below")
        kids = list((await self._session.execute(gone)).scalars())
        await record_act(self._session, Effect.DELETED, object_type=SigningKey.__tablename__, object_ids=kids)
