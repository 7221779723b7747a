"""Judge the open pairings of a side anew when its facts change: what the gates exclude now is taken back."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from services.matching.candidates.actions.judging import judge_pairs
from services.matching.pairings.actions.recording import record_event
from services.matching.pairings.models import Closure, Pairing
from services.matching.pairings.repository import PairingRepository
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.gates import GateResult
from services.matching.scoring.reasons import Reason
from shared.db import Session


async def rejudge_pairings(
    session: Session,
    *,
    demands: Iterable[UUID] = (),
    supplies: Iterable[UUID] = (),
    organizations: Iterable[UUID] = (),
    today: date,
    at: datetime,
) -> int:
    """
    Judge the pairings on hold or open of what changed, and return how many were stopped.

    An excluded pair is taken back. A hold that arose stops the pairing until an officer releases it; one that an
    officer released already does not stop it again. Whoever names a changed organization as cooperating fund-raiser
    (募用分离) is judged too.
    """
    changed = set(organizations)
    if changed:
        changed |= await ProfileRepository(session).list_partnered(changed)
    pairings = await PairingRepository(session).lock_open_of(
        demand_ids=demands, supply_ids=supplies, organization_ids=changed
    )
    if not pairings:
        return 0
    pairs = {(pairing.demand_id, pairing.supply_id) for pairing in pairings}
    judged = await judge_pairs(session, pairs=pairs, today=today, ask_capacity=False)
    stopped = 0
    for pairing in pairings:
        gates = judged.get((pairing.demand_id, pairing.supply_id))
        stopped += gates is not None and await _follow(session, pairing, gates, at)
    return stopped


async def _follow(session: Session, pairing: Pairing, gates: GateResult, at: datetime) -> bool:
    if gates.excluded:
        pairing.withdraw(reason=Closure.EXCLUDED.value, at=at)
        await record_event(session, pairing=pairing, happened="withdrawn", at=at, reason=_list_codes(gates.excluded))
        return True
    if pairing.judge_holds([reason.describe() for reason in gates.held]):
        await record_event(session, pairing=pairing, happened="on_hold", at=at, reason=_list_codes(gates.held))
        return True
    return False


def _list_codes(reasons: Iterable[Reason]) -> str:
    return ", ".join(reason.code for reason in reasons)
