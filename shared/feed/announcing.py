"""Write an event about an aggregate in the transaction that changes it."""

from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from pydantic import BaseModel

from shared import clock
from shared.contracts.events import CloudEvent
from shared.db import Session
from shared.feed.models import FeedEvent


class Aggregate(Protocol):
    """
    A thing whose changes are announced whole.

    Its row must be locked before its event is written (``get(for_update=True)``); otherwise two writers can announce
    in another order than they commit.
    """

    event_type: ClassVar[str]

    @property
    def id(self) -> UUID:
        """The aggregate's id, the event's subject."""
        ...

    @property
    def version(self) -> int:
        """The number of the aggregate's state."""
        ...

    def snapshot(self) -> BaseModel:
        """Return the whole state as its contract says."""
        ...


async def announce(session: Session, aggregate: Aggregate, *, reason: str) -> None:
    """Announce a change: flush it, take the snapshot, and add the event to this transaction, without a position."""
    await session.flush()
    session.add(
        FeedEvent(
            type=aggregate.event_type,
            source="/" + aggregate.event_type.split(".", 1)[0],
            subject=str(aggregate.id),
            version=aggregate.version,
            reason=reason,
            data=aggregate.snapshot().model_dump(mode="json"),
        )
    )
    await session.flush()


def announce_as(
    session: Session,
    *,
    event_id: UUID,
    event_type: str,
    subject: UUID,
    version: int,
    reason: str,
    data: BaseModel,
    at: datetime,
) -> None:
    """Announce under a given id something that happened to an aggregate that is locked and flushed."""
    session.add(
        FeedEvent(
            id=event_id,
            type=event_type,
            source="/" + event_type.split(".", 1)[0],
            subject=str(subject),
            version=version,
            reason=reason,
            data=data.model_dump(mode="json"),
            occurred_at=at,
        )
    )


def as_cloud_event(event: FeedEvent) -> CloudEvent:
    """Return a stored event as readers get it."""
    return CloudEvent(
        id=str(event.id),
        source=event.source,
        type=event.type,
        subject=event.subject,
        time=event.occurred_at,
        aggregateversion=event.version,
        reason=event.reason,
        data=event.data,
    )


def as_snapshot_event(aggregate: Aggregate) -> CloudEvent:
    """Return the aggregate's present state in the form of an event, for a reader that starts again."""
    return CloudEvent(
        id=f"snapshot-{aggregate.id}-{aggregate.version}",
        source="/" + aggregate.event_type.split(".", 1)[0],
        type=aggregate.event_type,
        subject=str(aggregate.id),
        time=clock.now(),
        aggregateversion=aggregate.version,
        reason="snapshot",
        data=aggregate.snapshot().model_dump(mode="json"),
    )
