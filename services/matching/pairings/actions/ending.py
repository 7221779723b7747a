"""Take a pairing back, let it expire, and lift a hold or refuse it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from services.matching.pairings.actions.answering import PROPOSE_NEXT_BEST, refuse_excluded
from services.matching.pairings.actions.recording import record_event
from services.matching.pairings.errors import OwnProposal
from services.matching.pairings.models import Closure, Pairing
from services.matching.pairings.repository import PairingRepository
from services.matching.policies.actions import read_current_policy
from services.matching.scoring.policy import Deadlines
from shared.auth.principals import Principal
from shared.db import Session
from shared.etags import check_version
from shared.jobs import enqueue

MOST_AT_ONCE = 100


async def withdraw_pairing(
    session: Session, *, pairing_id: UUID, reason: str, expected_version: int, by: Principal, at: datetime
) -> Pairing:
    """
    Take a pairing back by an office.

    :raises PairingNotFound: if it lies outside the caller's scope
    :raises Stale: if it has changed since it was read
    :raises PairingStateForbids: if it is being confirmed, confirmed or ended
    """
    pairing = await PairingRepository(session).get(pairing_id, visible_to=by, for_update=True)
    check_version(pairing, expected_version)
    await _withdraw(session, pairing, reason, at, by)
    return pairing


async def release_hold(
    session: Session, *, pairing_id: UUID, reason: str, expected_version: int, by: Principal, today: date, at: datetime
) -> Pairing:
    """
    Lift the hold of a pairing; from now on it is pushed, and the time to answer runs.

    :raises PairingNotFound: if it lies outside the caller's scope
    :raises Stale: if it has changed since it was read
    :raises OwnProposal: if the caller proposed it
    :raises PairingStateForbids: if it is not on hold
    :raises PairExcluded: if a gate excludes it now
    """
    repository = PairingRepository(session)
    pairing = await repository.get(pairing_id, visible_to=by, for_update=True)
    check_version(pairing, expected_version)
    if by.has_signed(await repository.find_proposer(pairing_id)):
        raise OwnProposal
    deadlines = Deadlines.of((await read_current_policy(session, today=today)).read())
    pairing.release(today=today, deadlines=deadlines, at=at)
    gates = await refuse_excluded(session, pairing=pairing, today=today)
    # What is released is what holds it today: what arises later is a hold of its own.
    pairing.hold_reasons = [reason.describe() for reason in gates.held]
    await record_event(session, pairing=pairing, happened="proposed", at=at, by=by, reason=reason)
    return pairing


async def refuse_hold(
    session: Session, *, pairing_id: UUID, reason: str, expected_version: int, by: Principal, at: datetime
) -> Pairing:
    """
    End a pairing that is on hold; only who knew of it hears of it, and it is not proposed again.

    :raises PairingNotFound: if it lies outside the caller's scope
    :raises Stale: if it has changed since it was read
    :raises PairingStateForbids: if it is not on hold
    """
    pairing = await PairingRepository(session).get(pairing_id, visible_to=by, for_update=True)
    check_version(pairing, expected_version)
    pairing.withdraw(reason=reason, at=at, from_hold=True)
    await record_event(session, pairing=pairing, happened="withdrawn", at=at, by=by, reason=reason)
    return pairing


async def withdraw_closed(
    session: Session,
    *,
    demands: Mapping[UUID, Closure],
    supplies: Iterable[UUID],
    at: datetime,
    organizations: Iterable[UUID] = (),
) -> int:
    """Take back the pairings on hold or open of demands and supplies that closed, and return how many."""
    closed, gone = set(supplies), set(organizations)
    if not demands and not closed and not gone:
        return 0
    pairings = await PairingRepository(session).lock_open_of(
        demand_ids=demands, supply_ids=closed, organization_ids=gone
    )
    for pairing in pairings:
        await _withdraw(session, pairing, demands.get(pairing.demand_id, Closure.SUPPLY_CLOSED).value, at)
    return len(pairings)


async def expire_overdue(session: Session, *, today: date, at: datetime) -> int:
    """End up to a hundred open pairings whose time is over on a legal day, and return how many."""
    pairings = await PairingRepository(session).lock_overdue(today, limit=MOST_AT_ONCE)
    for pairing in pairings:
        pairing.expire(at=at)
        await record_event(session, pairing=pairing, happened="expired", at=at)
        await enqueue(
            session, PROPOSE_NEXT_BEST, {"pairing_id": str(pairing.id)}, once=f"next {pairing.id}", for_caller=False
        )
    return len(pairings)


async def _withdraw(session: Session, pairing: Pairing, reason: str, at: datetime, by: Principal | None = None) -> None:
    pairing.withdraw(reason=reason, at=at)
    await record_event(session, pairing=pairing, happened="withdrawn", at=at, by=by, reason=reason)
