"""Write what happened into the history and tell the subscribers, in the transaction in which it happens."""

from datetime import datetime
from uuid import UUID

from services.matching.deliveries.actions import publish_pairing_event
from services.matching.deliveries.models import Audience
from services.matching.pairings.models import Pairing, PairingEvent, Side
from services.matching.pairings.repository import PairingRepository
from services.matching.pairings.schemas import make_payload
from shared.auth.principals import Principal
from shared.contracts.codes import PairingOrigin
from shared.db import Session

SYSTEM = "system"
NOBODY = UUID(int=0)
ANSWERS = ("answered", "declined")


async def record_event(
    session: Session,
    *,
    pairing: Pairing,
    happened: str,
    at: datetime,
    by: Principal | None = None,
    side: Side | None = None,
    reason: str | None = None,
) -> None:
    """Record what happened to a pairing whose row is locked, and publish it; ``side`` answered or reported it."""
    answers = {Side.DEMAND: pairing.demand_answer, Side.SUPPLY: pairing.supply_answer}
    event = PairingEvent(
        pairing_id=pairing.id,
        happened=happened,
        by_subject=by.signature if by else SYSTEM,
        by_role=by.role if by else None,
        side=side,
        answer=answers[side] if side and happened in ANSWERS else None,
        reason=reason,
        at=at,
    )
    PairingRepository(session).add_event(event)
    await session.flush()
    await publish_pairing_event(
        session,
        happened=happened,
        pairing_id=pairing.id,
        payload=make_payload(pairing, event),
        audience=_find_audience(pairing, happened),
        at=at,
    )


def _find_audience(pairing: Pairing, happened: str) -> Audience:
    fields = None if pairing.demand_fields is None else tuple(pairing.demand_fields)
    if happened != "on_hold" and pairing.opened_at is None:
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
