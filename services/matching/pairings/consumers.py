"""What feed events and jobs do to pairings."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.matching.candidates.actions.scorer import Scorer
from services.matching.candidates.consumers import PREPARE_VECTORS
from services.matching.pairings.actions import confirming, ending, fulfilling, rejudging, replacing
from services.matching.pairings.models import Closure
from services.matching.profiles import consumers as profiles
from services.matching.remote.commitments import CommitmentClient, CommitmentUndecided
from shared import clock
from shared.contracts.codes import DemandStatus, PairingStatus, SupplyStatus
from shared.contracts.events import CloudEvent
from shared.contracts.projects import DEMAND_CHANGED, SUPPLY_CHANGED
from shared.contracts.registry import DIVISION_CHANGED, ORGANIZATION_CHANGED
from shared.db import Database, Session
from shared.feed.consumer import Apply, Forget
from shared.jobs import RetryLater, enqueue

CLOSING = {DemandStatus.CLOSED: Closure.DEMAND_CLOSED, DemandStatus.COVERED: Closure.DEMAND_COVERED}
ASK_AGAIN = timedelta(seconds=3)


async def apply_demands(session: Session, events: list[CloudEvent], anew: bool) -> None:
    """Mirror demands, take back the open pairings of those that closed or are covered, and judge the others anew."""
    changed = await profiles.apply_demands(session, events, anew)
    latest = {UUID(event.subject): DemandStatus(event.data["status"]) for event in events}
    closed = {one: CLOSING[latest[one]] for one in changed if latest[one] in CLOSING}
    await ending.withdraw_closed(session, demands=closed, supplies=(), at=clock.now())
    await rejudging.rejudge_pairings(session, demands=changed, today=clock.today(), at=clock.now())
    if changed:
        await enqueue(session, PREPARE_VECTORS, {"demands": sorted(map(str, changed))})


async def apply_supplies(session: Session, events: list[CloudEvent], anew: bool) -> None:
    """Mirror supplies, take back the open pairings of those that closed, and judge the others anew."""
    changed = await profiles.apply_supplies(session, events, anew)
    latest = {UUID(event.subject): SupplyStatus(event.data["status"]) for event in events}
    closed = {one for one in changed if latest[one] is SupplyStatus.CLOSED}
    await ending.withdraw_closed(session, demands={}, supplies=closed, at=clock.now())
    await rejudging.rejudge_pairings(session, supplies=changed, today=clock.today(), at=clock.now())
    if changed:
        await enqueue(session, PREPARE_VECTORS, {"supplies": sorted(map(str, changed))})


async def apply_organizations(session: Session, events: list[CloudEvent], anew: bool) -> None:
    """Mirror organizations, and judge anew the open pairings of those that changed."""
    changed = await profiles.apply_organizations(session, events, anew)
    await rejudging.rejudge_pairings(session, organizations=changed, today=clock.today(), at=clock.now())


async def forget_organizations(session: Session, present: set[UUID]) -> None:
    """Delete the organizations that registry no longer has, and take back their open pairings."""
    gone = await profiles.forget_organizations(session, present)
    await ending.withdraw_closed(session, demands={}, supplies=(), organizations=gone, at=clock.now())


async def forget_demands(session: Session, present: set[UUID]) -> None:
    """Delete the demands that projects no longer has, and take back their open pairings."""
    gone = await profiles.forget_demands(session, present)
    await ending.withdraw_closed(
        session, demands=dict.fromkeys(gone, Closure.DEMAND_CLOSED), supplies=(), at=clock.now()
    )


async def forget_supplies(session: Session, present: set[UUID]) -> None:
    """Delete the supplies that projects no longer has, and take back their open pairings."""
    gone = await profiles.forget_supplies(session, present)
    await ending.withdraw_closed(session, demands={}, supplies=gone, at=clock.now())


REGISTRY_EVENTS: Mapping[str, Apply] = {
    DIVISION_CHANGED: profiles.apply_divisions,
    ORGANIZATION_CHANGED: apply_organizations,
}
REGISTRY_LOSSES: Mapping[str, Forget] = {
    DIVISION_CHANGED: profiles.forget_divisions,
    ORGANIZATION_CHANGED: forget_organizations,
}
PROJECTS_EVENTS: Mapping[str, Apply] = {DEMAND_CHANGED: apply_demands, SUPPLY_CHANGED: apply_supplies}
PROJECTS_LOSSES: Mapping[str, Forget] = {DEMAND_CHANGED: forget_demands, SUPPLY_CHANGED: forget_supplies}


async def confirm_pairing(database: Database, commitments: CommitmentClient, payload: dict[str, Any]) -> None:
    """
    Ask projects for the commitment of a pairing both sides agreed to, and write what it decided.

    No transaction is open during the call, and every step may be repeated.

    :raises RetryLater: if projects does not decide now
    """
    pairing_id = UUID(payload["pairing_id"])
    async with database.transaction() as session:
        wanted = await confirming.read_confirmation(session, pairing_id=pairing_id)
    if wanted is None:
        return
    try:
        answer = await commitments.hold(
            pairing_id=wanted.pairing_id, demand_id=wanted.demand_id, supply_id=wanted.supply_id
        )
    except CommitmentUndecided:
        raise RetryLater(ASK_AGAIN) from None
    async with database.transaction() as session:
        await confirming.write_confirmation(session, pairing_id=pairing_id, answer=answer, at=clock.now())


async def settle_commitment(database: Database, commitments: CommitmentClient, payload: dict[str, Any]) -> None:
    """
    Tell projects that what a pairing holds is done, or give it back if the pairing fell through.

    No transaction is open during the call, and a repeat changes nothing there.

    :raises RetryLater: if projects does not decide now
    """
    pairing_id = UUID(payload["pairing_id"])
    async with database.transaction() as session:
        status, reason = await fulfilling.read_settlement(session, pairing_id=pairing_id)
    try:
        if status is PairingStatus.COMPLETED:
            await commitments.fulfil(pairing_id=pairing_id)
        elif status is PairingStatus.FELL_THROUGH:
            await commitments.release(pairing_id=pairing_id, reason=f"fell_through: {reason}")
    except CommitmentUndecided:
        raise RetryLater(ASK_AGAIN) from None


async def propose_next_best(database: Database, scorer: Scorer, payload: dict[str, Any], *, engine_from: int) -> None:
    """Propose the next best candidate after a decline or an expiry; a repeat finds it proposed."""
    async with database.transaction() as session:
        await replacing.propose_next_best(
            session,
            pairing_id=UUID(payload["pairing_id"]),
            scorer=scorer,
            today=clock.today(),
            at=clock.now(),
            engine_from=engine_from,
        )


async def expire_overdue(database: Database) -> int:
    """End every open pairing whose time is over, some at a time, and return how many."""
    ended = 0
    while True:
        async with database.transaction() as session:
            count = await ending.expire_overdue(session, today=clock.today(), at=clock.now())
        ended += count
        if count < ending.MOST_AT_ONCE:
            return ended
