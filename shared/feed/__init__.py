"""The feed: events written in the business transaction, numbered by a sequencer, read by cursor without loss."""

from shared.feed.announcing import Aggregate, announce, announce_as

__all__ = ["Aggregate", "announce", "announce_as"]
