"""The envelope of every event: CloudEvents 1.0, structured JSON."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class CloudEvent(BaseModel):
    """A CloudEvent; ``aggregateversion`` and ``reason`` are extension attributes of the internal feeds."""

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str = "application/json"
    aggregateversion: int = Field(description="Version of the aggregate, compared within one epoch of the feed only")
    reason: str = Field(description="What happened, in the past tense")
    data: dict[str, Any] = Field(description="The whole snapshot of the aggregate")


class SnapshotPage(BaseModel):
    """A page of current snapshots, from which a reader whose cursor is gone starts again."""

    items: list[CloudEvent]
    next_cursor: str | None = None


class FeedHead(BaseModel):
    """The cursor behind the newest event."""

    cursor: str
