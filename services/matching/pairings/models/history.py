"""The history of a pairing: one line for everything that happened to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.db import Base
from services.matching.pairings.models.states import Side
from shared.contracts.codes import Answer, Role
from shared.db import Identified


class PairingEvent(Base, Identified):
    """One line of a pairing's history: what happened, who did it, when; ``answer`` is ``side``'s, if it gave one."""

    __tablename__ = "pairing_events"
    not_audited = "the history of a pairing, whose change is recorded"

    pairing_id: Mapped[UUID] = mapped_column(ForeignKey("pairings.id"), index=True)
    happened: Mapped[str]
    by_subject: Mapped[str]
    by_role: Mapped[Role | None]
    side: Mapped[Side | None]
    answer: Mapped[Answer | None]
    reason: Mapped[str | None]
    at: Mapped[datetime]
