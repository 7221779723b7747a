"""All SQL about ratings."""

from uuid import UUID

from sqlalchemy import select

from services.matching.pairings.models import Side
from services.matching.ratings.models import Rating
from shared.db import Session


class RatingRepository:
    """Ratings of one session; who sees a pairing sees both of its ratings."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, rating: Rating) -> Rating:
        """Store a rating; the pairing's row is locked."""
        self._session.add(rating)
        await self._session.flush()
        return rating

    async def find(self, pairing_id: UUID, side: Side) -> Rating | None:
        """Return a side's rating of a pairing, if it gave one."""
        query = select(Rating).where(Rating.pairing_id == pairing_id, Rating.side == side)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def list_of(self, pairing_id: UUID) -> list[Rating]:
        """Return the ratings of a pairing, the first given first."""
        query = select(Rating).where(Rating.pairing_id == pairing_id).order_by(Rating.at, Rating.side)
        return list((await self._session.execute(query)).scalars())
