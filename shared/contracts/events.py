"""The envelope of every event: CloudEvents 1.0, structured JSON."""

from datetime import datetime
from typing import Any, Literal

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


class FeedChange(BaseModel):
    """
    What a reader outside the platform is shown of a change: the aggregate as it is now, or that it is to be forgotten.

    ``method`` is that of HTTP Feeds (http-feeds.org): ``DELETE`` comes without data.
    """

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str = "application/json"
    method: Literal["PUT", "DELETE"] = Field(default="PUT", description="`DELETE`: forget the subject; without data")
    aggregateversion: int = Field(description="Version of the subject, compared within one epoch of the feed only")
    data: dict[str, Any] | None = Field(default=None, description="By its type, see docs/events.md")


class ChangePage(BaseModel):
    """A page of what a reader is shown of the present, from which it starts again when its cursor is gone."""

    items: list[FeedChange]
    next_cursor: str | None = None


class SnapshotPage(BaseModel):
    """A page of current snapshots, from which a reader whose cursor is gone starts again."""

    items: list[CloudEvent]
    next_cursor: str | None = None


class FeedHead(BaseModel):
    """The cursor behind the newest event."""

    cursor: str
