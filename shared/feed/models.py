"""The tables of the feed: events with late positions, the feed's state, and a reader's cursors."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from shared import clock
from shared.db import Identified, Infrastructure


class FeedEvent(Infrastructure, Identified):
    """
    One announced change.

    ``seq`` is the order of writing (an identity column, with gaps); ``pos`` is the dense position that readers see,
    given after the commit by the sequencer.
    """

    __tablename__ = "feed_events"
    __table_args__ = (
        Index("ix_feed_events_unsequenced", "seq", postgresql_where=text("pos is null")),
        Index("ix_feed_events_subject", "type", "subject"),
    )
    # Who announces may not read the feed: ``seq`` is not asked back.
    __mapper_args__ = {"eager_defaults": False}

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    pos: Mapped[int | None] = mapped_column(unique=True)
    type: Mapped[str]
    source: Mapped[str]
    subject: Mapped[str]
    version: Mapped[int]
    reason: Mapped[str]
    data: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime] = mapped_column(default=clock.now)


class FeedState(Infrastructure):
    """The feed's epoch (new after a restored backup), its last given position, and the last one trimmed away."""

    __tablename__ = "feed_state"
    __table_args__ = (CheckConstraint("singleton", name="one_row"),)

    singleton: Mapped[bool] = mapped_column(primary_key=True, default=True)
    epoch: Mapped[str] = mapped_column(server_default=text("substr(md5(random()::text), 1, 8)"))
    last_pos: Mapped[int] = mapped_column(server_default=text("0"))
    trimmed_pos: Mapped[int] = mapped_column(server_default=text("0"))


class FeedCursor(Infrastructure):
    """How far a consumer of this service has read a neighbour's feed."""

    __tablename__ = "feed_cursors"

    consumer: Mapped[str] = mapped_column(primary_key=True)
    cursor: Mapped[str]
    resynced_at: Mapped[datetime | None]
    read_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)
