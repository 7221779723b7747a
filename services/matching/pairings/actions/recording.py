"""Write what happened into the history and tell the subscribers, in the transaction in which it happens."""

from datetime import datetime

from services.matching.deliveries.actions import publish_pairing_event
from services.matching.pairings.models import Announcement, Pairing, PairingEvent, Side, find_audience
from services.matching.pairings.repository import PairingRepository
from services.matching.pairings.schemas import make_payload
from shared.auth.principals import Principal
from shared.contracts.matching import pairing_event
from shared.db import Session, new_id
from shared.feed import announce_as

SYSTEM = "system"
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
    """Record and publish what happened to a pairing whose row is locked; ``side`` answered or reported it."""
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
    payload, event_id = make_payload(pairing, event), new_id()
    announce_as(
        session,
        event_id=event_id,
        event_type=pairing_event(happened),
        subject=pairing.id,
        version=pairing.version,
        reason=happened,
        data=Announcement.of(pairing, happened, payload),
        at=at,
    )
    await publish_pairing_event(
        session,
        happened=happened,
        pairing_id=pairing.id,
        payload=payload,
        audience=find_audience(pairing, happened),
        at=at,
        event_id=event_id,
    )
