"""Which event types there are to subscribe to, and which of them a grant lets an application hear."""

from collections.abc import Collection, Sequence

from services.matching.subscriptions.errors import EventTypesNotGranted
from shared.contracts.matching import READ_BY
from shared.contracts.scopes import SCOPE_OF_ACTION

EVENT_TYPES = tuple(READ_BY)
"""What one can subscribe to; what other parts of the platform push is added when they do."""


def types_named(pattern: str) -> list[str]:
    """Return the event types that a pattern names: one, or those under a prefix that ends in ``.*``."""
    if pattern.endswith(".*"):
        return [event_type for event_type in EVENT_TYPES if event_type.startswith(pattern[:-1])]
    return [event_type for event_type in EVENT_TYPES if event_type == pattern]


def may_hear(event_type: str, scopes: Collection[str]) -> bool:
    """Tell whether a grant with these scopes lets an application read what an event tells of."""
    action = READ_BY[event_type]
    return action is None or SCOPE_OF_ACTION.get(action) in scopes


def check_granted(patterns: Sequence[str], scopes: Collection[str]) -> None:
    """
    Refuse to subscribe to what the grant does not let an application read.

    :raises EventTypesNotGranted: if the scope that reads it is missing for any event type that a pattern names
    """
    lacking = [one for pattern in patterns for one in types_named(pattern) if not may_hear(one, scopes)]
    if lacking:
        missing = {SCOPE_OF_ACTION.get(READ_BY[one] or "", f"{one} -") for one in lacking}
        raise EventTypesNotGranted(pointer="/event_types", missing=", ".join(sorted(missing)))
