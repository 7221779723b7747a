"""Events as readers outside the platform are shown them: their own type and data, or that the subject is gone."""

from collections.abc import Callable, Sequence
from typing import Any

from shared.contracts.events import ChangePage, CloudEvent, FeedChange


def as_change(event: CloudEvent, shown_type: str, data: dict[str, Any] | None) -> FeedChange:
    """Return an event under the type and with the data that a reader is shown; without data its subject is gone."""
    kept = event.model_dump(include={"id", "source", "subject", "time", "aggregateversion"})
    return FeedChange(**kept, type=shown_type, method="DELETE" if data is None else "PUT", data=data)


def as_change_page(
    present: Sequence[CloudEvent], show: Callable[[CloudEvent], FeedChange | None], *, limit: int
) -> ChangePage:
    """Return what a reader is shown of at most ``limit`` present aggregates in the order of their ids."""
    shown = [one for event in present if (one := show(event)) is not None]
    return ChangePage(items=shown, next_cursor=present[-1].subject if len(present) == limit else None)
