"""A commitment and its states."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.projects.commitments.errors import CommitmentDiffers, CommitmentFulfilled, CommitmentReleased
from services.projects.db import Base
from shared.contracts.codes import CommitmentStatus
from shared.contracts.projects import COMMITMENT_CHANGED, CommitmentRequest, CommitmentSnapshot
from shared.db import Identified, Stamped, Versioned

HOLDING_STATES = (CommitmentStatus.ACTIVE, CommitmentStatus.FULFILLED)
"""The states that hold a place and a unit of capacity."""


class Commitment(Base, Identified, Versioned, Stamped):
    """One place of a demand and one unit of a supply's capacity, named by the pairing that holds them."""

    __tablename__ = "commitments"
    __table_args__ = (
        CheckConstraint("(status = 'released') = (released_at is not null)", name="released_with_time"),
        CheckConstraint("promised_fen >= 0", name="promise_not_negative"),
    )
    event_type: ClassVar[str] = COMMITMENT_CHANGED

    pairing_id: Mapped[UUID] = mapped_column(unique=True)
    demand_id: Mapped[UUID] = mapped_column(ForeignKey("demands.id"), index=True)
    supply_id: Mapped[UUID] = mapped_column(ForeignKey("supplies.id"), index=True)
    status: Mapped[CommitmentStatus] = mapped_column(default=CommitmentStatus.ACTIVE)
    promised_fen: Mapped[int | None]
    release_reason: Mapped[str | None]
    released_at: Mapped[datetime | None]

    def check_same(self, command: CommitmentRequest) -> None:
        """
        Refuse a replay that asks for something else.

        :raises CommitmentDiffers: if demand, supply or amount is another one
        """
        if (self.demand_id, self.supply_id) != (command.demand_id, command.supply_id):
            raise CommitmentDiffers(pointer="/demand_id" if self.demand_id != command.demand_id else "/supply_id")
        if self.promised_fen != command.promised_fen:
            raise CommitmentDiffers(pointer="/promised_fen")

    def release(self, *, reason: str, at: datetime) -> bool:
        """
        Give back what is held, and tell whether anything was.

        :raises CommitmentFulfilled: if it is fulfilled
        """
        if self.status is CommitmentStatus.RELEASED:
            return False
        if self.status is CommitmentStatus.FULFILLED:
            raise CommitmentFulfilled(pointer="path/pairing_id")
        self.status, self.release_reason, self.released_at = CommitmentStatus.RELEASED, reason, at
        return True

    def fulfil(self) -> bool:
        """
        Note that what was promised is done, and tell whether that is new; it goes on holding its place.

        :raises CommitmentReleased: if it was given back
        """
        if self.status is CommitmentStatus.RELEASED:
            raise CommitmentReleased(pointer="path/pairing_id")
        is_new = self.status is not CommitmentStatus.FULFILLED
        self.status = CommitmentStatus.FULFILLED
        return is_new

    def snapshot(self) -> CommitmentSnapshot:
        """Return the commitment as its contract says."""
        return CommitmentSnapshot.model_validate(self, from_attributes=True)
