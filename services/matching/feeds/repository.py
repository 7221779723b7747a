"""All SQL about what a feed shows of the present."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from services.matching.feeds.schemas import PUBLIC_STATES
from services.matching.pairings.models import Pairing
from services.matching.pairings.repository import kept_by
from shared.auth.principals import Principal
from shared.db import Session


class FeedRepository:
    """Pairings of one session, page by page in the order of their ids."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def list_own_after(self, after: UUID | None, limit: int, *, visible_to: Principal) -> list[Pairing]:
        """Return up to ``limit`` pairings of the caller's side, with their history."""
        return await self._list(select(Pairing).where(kept_by(visible_to)), after, limit)

    async def list_outcomes_after(self, after: UUID | None, limit: int) -> list[Pairing]:
        """Return up to ``limit`` pairings that came to something, with their history: the public sees them masked."""
        return await self._list(select(Pairing).where(Pairing.status.in_(PUBLIC_STATES)), after, limit)

    async def _list(self, query: Select[Pairing], after: UUID | None, limit: int) -> list[Pairing]:
        if after:
            query = query.where(Pairing.id > after)
        query = query.options(selectinload(Pairing.history)).order_by(Pairing.id).limit(limit)
        return list((await self._session.execute(query)).scalars())
