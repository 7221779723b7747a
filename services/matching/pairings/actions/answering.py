"""A side answers: interest, agreement or a decline; and who may speak for which side."""

from datetime import date, datetime
from uuid import UUID

from services.matching.candidates.actions.judging import judge_pair
from services.matching.pairings.actions.recording import record_event
from services.matching.pairings.errors import AgreedForTheOtherSide, NotYourAnswer, PairExcluded
from services.matching.pairings.models import Pairing, Side
from services.matching.pairings.repository import PairingRepository
from services.matching.pairings.schemas import AnswerCreate, tell_reasons
from services.matching.policies.actions import read_current_policy
from services.matching.scoring.gates import GateResult
from services.matching.scoring.policy import Deadlines
from shared.auth.principals import Principal, read_signature
from shared.contracts.codes import Answer, DeclineReason, PairingPhase, PairingStatus, Role
from shared.db import Session, whole_platform
from shared.jobs import enqueue

CONFIRM_PAIRING = "confirm_pairing"
PROPOSE_NEXT_BEST = "propose_next_best"


async def answer_pairing(
    session: Session, *, pairing_id: UUID, command: AnswerCreate, by: Principal, today: date, at: datetime
) -> Pairing:
    """
    Record a side's answer; the second agreement begins the confirmation.

    :raises PairingNotFound: if the caller may not know of it
    :raises NotYourAnswer: if the caller does not speak for the side in this step
    :raises PairingStateForbids: if the pairing is not open
    :raises AnswerOverdue: if the time is over
    :raises TalksNotBegun: if one agrees before both have shown interest
    :raises AgreedForTheOtherSide: if the application that acts has agreed for the other side
    :raises PairExcluded: if the gates exclude the pair by now
    """
    pairing = await PairingRepository(session).get(pairing_id, visible_to=by, for_update=True)
    _check_voice(pairing, command, by)
    if command.answer is Answer.DECLINED:
        await _decline(session, pairing, command, by, at)
    elif command.answer is Answer.AGREED:
        await _agree(session, pairing, command.side, by, today, at)
    else:
        await _show_interest(session, pairing, command.side, by, today, at)
    await session.flush()
    return pairing


async def _show_interest(
    session: Session, pairing: Pairing, side: Side, by: Principal, today: date, at: datetime
) -> None:
    deadlines = Deadlines.of((await read_current_policy(session, today=today)).read())
    if not pairing.show_interest(side, today=today, deadlines=deadlines, at=at):
        return
    await record_event(session, pairing=pairing, happened="answered", at=at, by=by, side=side)
    if pairing.status is PairingStatus.REFERRED:
        await refuse_excluded(session, pairing=pairing, today=today)
        await record_event(session, pairing=pairing, happened="referred", at=at)
    elif pairing.phase is PairingPhase.IN_TALKS:
        await record_event(session, pairing=pairing, happened="in_talks", at=at)


async def _agree(session: Session, pairing: Pairing, side: Side, by: Principal, today: date, at: datetime) -> None:
    if by.acting_by:
        other = Side.SUPPLY if side is Side.DEMAND else Side.DEMAND
        if by.acting_by in read_signature(await PairingRepository(session).find_agreement(pairing.id, other)):
            raise AgreedForTheOtherSide
    if not pairing.agree(side, today=today):
        return
    await refuse_excluded(session, pairing=pairing, today=today)
    await record_event(session, pairing=pairing, happened="answered", at=at, by=by, side=side)
    if pairing.status is PairingStatus.CONFIRMING:
        await enqueue(session, CONFIRM_PAIRING, {"pairing_id": str(pairing.id)}, once=f"confirm {pairing.id}")


async def refuse_excluded(session: Session, *, pairing: Pairing, today: date) -> GateResult:
    """
    Judge a pairing anew before it goes further, for either side may have changed since it was proposed.

    :raises PairExcluded: if a gate excludes it now; full capacity is left to the confirmation
    """
    async with whole_platform(session):  # either may be closed by now, and so out of the caller's sight
        gates = await judge_pair(
            session, demand_id=pairing.demand_id, supply_id=pairing.supply_id, today=today, ask_capacity=False
        )
    if gates.excluded:
        raise PairExcluded(**tell_reasons(gates.excluded))
    return gates


async def _decline(session: Session, pairing: Pairing, command: AnswerCreate, by: Principal, at: datetime) -> None:
    reason = command.reason or DeclineReason.OTHER
    if not pairing.decline(command.side, reason=reason, at=at):
        return
    await record_event(
        session, pairing=pairing, happened="declined", at=at, by=by, side=command.side, reason=reason.value
    )
    await enqueue(
        session, PROPOSE_NEXT_BEST, {"pairing_id": str(pairing.id)}, once=f"next {pairing.id}", for_caller=False
    )


def _check_voice(pairing: Pairing, command: AnswerCreate, by: Principal) -> None:
    """
    Let the organization speak for the supply side, and for the demand side its editors and its rural office.

    Once the office agreed, it alone speaks for the demand side: no editor takes its agreement back.
    """
    of_office = Answer.AGREED in (command.answer, pairing.demand_answer)
    if command.side is Side.SUPPLY:
        speaks = by.speaks_for(pairing.organization_id)
    elif of_office:
        speaks = by.role is Role.RURAL_OFFICER and by.covers(pairing.demand_division)
    else:
        speaks = by.role in (Role.RURAL_OFFICER, Role.VILLAGE_EDITOR) and by.covers(pairing.demand_division)
    if not speaks:
        raise NotYourAnswer(pointer="/side")
