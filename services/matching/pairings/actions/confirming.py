"""The two transactions around the call to projects that makes a pairing certain."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.matching.pairings.actions.recording import record_event
from services.matching.pairings.repository import PairingRepository
from services.matching.remote.commitments import CommitmentAnswer
from shared.contracts.codes import PairingStatus
from shared.db import Session


@dataclass(frozen=True)
class Confirmation:
    """What projects is asked for."""

    pairing_id: UUID
    demand_id: UUID
    supply_id: UUID


async def read_confirmation(session: Session, *, pairing_id: UUID) -> Confirmation | None:
    """
    Return what projects must be asked for, or nothing if the outcome is written already.

    :raises PairingNotFound: if there is no such pairing
    """
    pairing = await PairingRepository(session).get_for_worker(pairing_id)
    if pairing.status is not PairingStatus.CONFIRMING:
        return None
    return Confirmation(pairing.id, pairing.demand_id, pairing.supply_id)


async def write_confirmation(session: Session, *, pairing_id: UUID, answer: CommitmentAnswer, at: datetime) -> None:
    """
    Write what projects decided and tell both sides; a repeat finds it written and changes nothing.

    :raises PairingNotFound: if there is no such pairing
    """
    pairing = await PairingRepository(session).get_for_worker(pairing_id, for_update=True)
    if pairing.status is not PairingStatus.CONFIRMING:
        return
    if answer is CommitmentAnswer.HELD:
        pairing.confirm()
    elif answer is CommitmentAnswer.NOT_OPEN:
        pairing.find_closed(at=at)
    else:
        pairing.lose_race(reason=answer.value.replace("-", "_"), at=at)
    await record_event(session, pairing=pairing, happened=pairing.status.value, at=at, reason=pairing.reason)
