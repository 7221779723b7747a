"""What a side thinks of a completed pairing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.db import Base
from services.matching.pairings.models import Side
from services.matching.ratings.errors import AlreadyRated
from shared.contracts.codes import Role
from shared.db import Identified


class Rating(Base, Identified):
    """One side's rating (评单) of a completed pairing: 1 to 5 stars and perhaps a note; it is given once."""

    __tablename__ = "pairing_ratings"
    __table_args__ = (
        UniqueConstraint("pairing_id", "side"),
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars_one_to_five"),
    )

    pairing_id: Mapped[UUID] = mapped_column(ForeignKey("pairings.id"))
    side: Mapped[Side]
    stars: Mapped[int]
    note: Mapped[str | None]
    by_subject: Mapped[str]
    by_role: Mapped[Role]
    at: Mapped[datetime]

    def check_same(self, *, stars: int, note: str | None) -> None:
        """
        Take a repeat for what it is, and refuse a second opinion.

        :raises AlreadyRated: if stars or note are others
        """
        if (self.stars, self.note) != (stars, note):
            raise AlreadyRated
