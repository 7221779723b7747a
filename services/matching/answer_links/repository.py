"""All SQL about answer links."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from services.matching.answer_links.errors import AnswerLinkNotFound, AnswerLinkNotValid
from services.matching.answer_links.models import AnswerLink
from services.matching.pairings.models import Side
from shared.db import Session


class AnswerLinkRepository:
    """Answer links of one session; who asks for those of a pairing has been shown the pairing first."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, link: AnswerLink) -> AnswerLink:
        """Store a new link."""
        self._session.add(link)
        await self._session.flush()
        return link

    async def get_of(self, pairing_id: UUID, link_id: UUID) -> AnswerLink:
        """
        Return a link of a pairing, locked.

        :raises AnswerLinkNotFound: if there is none
        """
        query = select(AnswerLink).where(AnswerLink.id == link_id, AnswerLink.pairing_id == pairing_id)
        found = (await self._session.execute(query.with_for_update())).scalar_one_or_none()
        if found is None:
            raise AnswerLinkNotFound(pointer="path/link_id")
        return found

    async def get_by_hash(self, token_hash: str, *, for_update: bool = False) -> AnswerLink:
        """
        Return the link whose token has a keyed hash, locked if it will be changed.

        :raises AnswerLinkNotValid: if there is none
        """
        query = select(AnswerLink).where(AnswerLink.token_hash == token_hash)
        if for_update:
            query = query.with_for_update().execution_options(populate_existing=True)
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise AnswerLinkNotValid(pointer="path/token")
        return found

    async def lock(self, link_id: UUID) -> AnswerLink | None:
        """Return a link, locked, if there still is one."""
        query = select(AnswerLink).where(AnswerLink.id == link_id)
        query = query.with_for_update().execution_options(populate_existing=True)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def list_of(self, pairing_id: UUID, *, side: Side | None = None) -> Sequence[AnswerLink]:
        """Return the links of a pairing, or of one side of it, the newest first."""
        query = select(AnswerLink).where(AnswerLink.pairing_id == pairing_id)
        if side is not None:
            query = query.where(AnswerLink.side == side)
        return (await self._session.execute(query.order_by(AnswerLink.id.desc()))).scalars().all()

    async def delete_expired(self, *, before: datetime, limit: int) -> int:
        """Delete some links that ended before an instant and return how many."""
        query = select(AnswerLink).where(AnswerLink.expires_at < before).order_by(AnswerLink.id).limit(limit)
        old = (await self._session.execute(query)).scalars().all()
        for link in old:
            await self._session.delete(link)
        await self._session.flush()
        return len(old)
