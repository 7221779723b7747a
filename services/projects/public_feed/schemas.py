"""What the public feed shows of an event: the masked aggregate, that it is not public any more, or nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from services.projects.demands.models import PUBLISHED_STATES
from services.projects.demands.schemas import COUNTS_OF_PEOPLE
from services.projects.supplies.models import LISTED_STATES
from shared.china.divisions import scope_prefix
from shared.contracts.events import CloudEvent, FeedChange
from shared.contracts.projects import (
    DEMAND_CHANGED,
    PUBLIC_DEMAND_CHANGED,
    PUBLIC_SUPPLY_CHANGED,
    SUPPLY_CHANGED,
    PublicDemandSnapshot,
    PublicSupplySnapshot,
)
from shared.feed.changes import as_change
from shared.small_counts import round_count

PUBLIC_TYPES = {DEMAND_CHANGED: PUBLIC_DEMAND_CHANGED, SUPPLY_CHANGED: PUBLIC_SUPPLY_CHANGED}
"""Of every announced type that has a public part, the type under which the public sees it."""
PUBLIC_STATES = {*PUBLISHED_STATES, *LISTED_STATES}
WHOLE_COUNTRY = "*"


@dataclass(frozen=True)
class PublicView:
    """What a reader wants of the public feed; ``least_shown`` is the step to which counts of people are rounded."""

    least_shown: int
    division: str | None = None
    fields: Collection[str] = ()
    types: Collection[str] = ()

    def show(self, event: CloudEvent) -> FeedChange | None:
        """Return an announced demand or supply as the public sees it; what was never public is not shown at all."""
        public_type, data = PUBLIC_TYPES.get(event.type), event.data
        if public_type is None or (self.types and public_type not in self.types) or not self._wants(data):
            return None
        if data["status"] in PUBLIC_STATES:
            return as_change(event, public_type, self._mask(event.type, data))
        was_public = data.get("published_at") or data.get("listed_at")
        return as_change(event, public_type, None) if was_public else None

    def _wants(self, data: dict[str, Any]) -> bool:
        if self.fields and not set(self.fields) & set(data["fields"]):
            return False
        prefix = scope_prefix(self.division) if self.division else ""
        if "division" in data:
            return str(data["division"]).startswith(prefix)
        # A supply serves a place if it serves a part of it, or what it is a part of.
        regions = data["service_regions"]
        return any(one == WHOLE_COUNTRY or one.startswith(prefix) or prefix.startswith(one) for one in regions)

    def _mask(self, announced_type: str, data: dict[str, Any]) -> dict[str, Any]:
        if announced_type == SUPPLY_CHANGED:
            return PublicSupplySnapshot.model_validate(data).model_dump(mode="json", exclude_none=True)
        demand = PublicDemandSnapshot.model_validate(data)
        for name in COUNTS_OF_PEOPLE:
            setattr(demand, name, round_count(getattr(demand, name), least=self.least_shown))
        return demand.model_dump(mode="json", exclude_none=True)
