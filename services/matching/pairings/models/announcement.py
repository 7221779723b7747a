"""What the feeds keep of something that happened to a pairing: what subscribers are told, and whom it concerns."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.matching.deliveries.models import WITHDRAWN, Audience
from services.matching.pairings.models.pairing import Pairing
from shared.contracts.codes import PairingOrigin
from shared.contracts.matching import PairingPayload, pairing_event

NOBODY = UUID(int=0)
ON_HOLD = "on_hold"


class Hearing(BaseModel):
    """An audience, and the event type by whose rule it hears."""

    event_type: str
    audience: Audience


class Announcement(BaseModel):
    """The data of a pairing's event in the feed; readers are shown ``payload`` alone, who is among ``heard_by``."""

    payload: dict[str, Any]
    heard_by: list[Hearing]

    @property
    def demand_fields(self) -> tuple[str, ...] | None:
        """The fields of the demand; None = unknown, of a pairing from before they were kept."""
        return self.heard_by[0].audience.fields

    @classmethod
    def of(cls, pairing: Pairing, happened: str, payload: PairingPayload) -> "Announcement":
        """Return the announcement of what happened to a pairing just now."""
        event_type = pairing_event(happened)
        heard_by = [Hearing(event_type=event_type, audience=find_audience(pairing, happened))]
        if event_type == WITHDRAWN and pairing.opened_at is None:
            # Whoever was told of the hold is told of its end.
            heard_by.append(Hearing(event_type=pairing_event(ON_HOLD), audience=find_audience(pairing, ON_HOLD)))
        return cls(
            payload=payload.model_dump(mode="json", exclude_none=True),
            heard_by=heard_by,
        )


def find_audience(pairing: Pairing, happened: str) -> Audience:
    """Return whom something that happened to a pairing concerns."""
    fields = None if pairing.demand_fields is None else tuple(pairing.demand_fields)
    if happened != ON_HOLD and pairing.opened_at is None:
        # Who began it knows of it; the other side never heard of it; whoever was told of the hold is told of its end.
        ordered, taken = pairing.origin is PairingOrigin.ORDERED, pairing.origin is PairingOrigin.TAKEN
        return Audience(
            demand_division=pairing.demand_division if ordered else "",
            organization_id=pairing.organization_id if taken else NOBODY,
            record_division=None,
            fields=fields,
        )
    return Audience(
        pairing.demand_division,
        pairing.organization_id,
        pairing.record_division,
        sides_know=pairing.opened_at is not None,
        fields=fields,
    )
