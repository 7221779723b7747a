"""After the agreement: a side reports that the work started, is completed or fell through, and projects hears of it."""

from datetime import datetime
from uuid import UUID

from services.matching.pairings.actions.recording import record_event
from services.matching.pairings.models import Pairing, Side
from services.matching.pairings.repository import PairingRepository
from services.matching.profiles.actions import note_track_record
from shared.auth.principals import Principal
from shared.contracts.codes import FallThroughReason, PairingStatus
from shared.db import Session
from shared.etags import check_version
from shared.jobs import enqueue

SETTLE_COMMITMENT = "settle_commitment"


async def start_pairing(
    session: Session, *, pairing_id: UUID, expected_version: int, by: Principal, at: datetime
) -> Pairing:
    """
    Record that the work of a confirmed pairing began; whichever side reports it, a second report changes nothing.

    :raises PairingNotFound: if the caller may not know of it
    :raises Stale: if it has changed since it was read
    :raises PairingStateForbids: if it is not confirmed
    """
    pairing = await _take(session, pairing_id, PairingStatus.STARTED, expected_version, by)
    if pairing.start():
        await record_event(session, pairing=pairing, happened="started", at=at, by=by, side=Side.of(by))
    return pairing


async def complete_pairing(
    session: Session, *, pairing_id: UUID, expected_version: int, by: Principal, at: datetime
) -> Pairing:
    """
    Record that the work is done, and have what is held fulfilled; a second report changes nothing.

    :raises PairingNotFound: if the caller may not know of it
    :raises Stale: if it has changed since it was read
    :raises PairingStateForbids: if it is not started
    """
    pairing = await _take(session, pairing_id, PairingStatus.COMPLETED, expected_version, by)
    if pairing.complete(at=at):
        await record_event(session, pairing=pairing, happened="completed", at=at, by=by, side=Side.of(by))
        await _settle_later(session, pairing)
        await note_track_record(session, organization_id=pairing.organization_id)
    return pairing


async def fall_through_pairing(
    session: Session,
    *,
    pairing_id: UUID,
    reason: FallThroughReason,
    expected_version: int,
    by: Principal,
    at: datetime,
) -> Pairing:
    """
    Record that what was agreed comes to nothing, and have what is held given back; the same report twice is one.

    :raises PairingNotFound: if the caller may not know of it
    :raises Stale: if it has changed since it was read
    :raises PairingStateForbids: if it is neither confirmed nor started
    """
    pairing = await _take(session, pairing_id, PairingStatus.FELL_THROUGH, expected_version, by)
    side = Side.of(by)
    if pairing.fall_through(side, reason=reason, at=at):
        await record_event(
            session, pairing=pairing, happened="fell_through", at=at, by=by, side=side, reason=reason.value
        )
        await _settle_later(session, pairing)
    return pairing


async def read_settlement(session: Session, *, pairing_id: UUID) -> tuple[PairingStatus, str | None]:
    """
    Return how a pairing ended, and why: from it follows what becomes of what it holds.

    :raises PairingNotFound: if there is no such pairing
    """
    pairing = await PairingRepository(session).get_for_worker(pairing_id)
    return pairing.status, pairing.reason


async def _take(
    session: Session, pairing_id: UUID, wanted: PairingStatus, expected_version: int, by: Principal
) -> Pairing:
    """Lock a pairing of the caller's side; who reports what is reported already need not have read it since."""
    pairing = await PairingRepository(session).get(pairing_id, visible_to=by, for_update=True)
    if pairing.status is not wanted:
        check_version(pairing, expected_version)
    return pairing


async def _settle_later(session: Session, pairing: Pairing) -> None:
    await enqueue(session, SETTLE_COMMITMENT, {"pairing_id": str(pairing.id)}, once=f"settle {pairing.id}")
