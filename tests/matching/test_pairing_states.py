"""Every state against every other, and the phase of every combination of answers."""

from datetime import UTC, date, datetime
from itertools import product

import pytest

from services.matching.pairings.errors import AnswerOverdue, PairingStateForbids, TalksNotBegun
from services.matching.pairings.models import AGREED, ENDED, TRANSITIONS, UNFINISHED, Pairing, Side
from services.matching.scoring.policy import Deadlines
from shared.contracts.codes import Answer, DeclineReason, FallThroughReason, PairingPhase, PairingStatus

S = PairingStatus
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
DEADLINES = Deadlines(answer_working_days=10, talk_working_days=20)
ALLOWED = {
    (S.ON_HOLD, S.OPEN), (S.ON_HOLD, S.WITHDRAWN),
    (S.OPEN, S.CONFIRMING), (S.OPEN, S.DECLINED), (S.OPEN, S.EXPIRED), (S.OPEN, S.WITHDRAWN), (S.OPEN, S.REFERRED),
    (S.OPEN, S.ON_HOLD),
    (S.CONFIRMING, S.CONFIRMED), (S.CONFIRMING, S.LOST_RACE), (S.CONFIRMING, S.WITHDRAWN),
    (S.CONFIRMED, S.STARTED), (S.CONFIRMED, S.FELL_THROUGH),
    (S.STARTED, S.COMPLETED), (S.STARTED, S.FELL_THROUGH),
}  # fmt: skip


def make_pairing(status: PairingStatus = S.OPEN, **changes: object) -> Pairing:
    return Pairing(**{"status": status, "is_government_purchase": False, "last_answer_on": None, **changes})


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_the_table_allows_what_the_domain_says_and_nothing_else(before: S, after: S) -> None:
    pairing = make_pairing(before)
    if (before, after) in ALLOWED:
        pairing.move_to(after)
        assert pairing.status is after
    else:
        with pytest.raises(PairingStateForbids):
            pairing.move_to(after)
        assert pairing.status is before


def test_every_state_is_in_the_table_and_is_either_unfinished_or_ended() -> None:
    assert set(TRANSITIONS) == set(S)
    assert set(UNFINISHED) | ENDED == set(S)
    # Nothing follows an end, and what is agreed is not ended.
    assert all(not TRANSITIONS[status] for status in ENDED)
    assert not AGREED & ENDED


ANSWERS = (None, Answer.INTERESTED, Answer.AGREED)


@pytest.mark.parametrize(("status", "demand", "supply"), list(product(S, ANSWERS, ANSWERS)))
def test_the_phase_follows_from_state_and_answers(status: S, demand: Answer | None, supply: Answer | None) -> None:
    phase = make_pairing(status, demand_answer=demand, supply_answer=supply).phase
    if status in ENDED:
        assert phase is PairingPhase.ENDED
    elif status in AGREED:
        assert phase is PairingPhase.AGREED
    else:
        expected = {
            (False, False): PairingPhase.PROPOSED,
            (True, False): PairingPhase.AWAITING_SUPPLY,
            (False, True): PairingPhase.AWAITING_DEMAND,
            (True, True): PairingPhase.IN_TALKS,
        }
        assert phase is expected[demand is not None, supply is not None]


def test_confirmed_is_unreachable_without_both_agreements() -> None:
    """Walk every sequence of answers that leads to confirming."""
    steps = list(product(("interested", "agreed"), Side))
    for sequence in product(steps, repeat=4):
        pairing = make_pairing()
        for word, side in sequence:
            try:
                if word == "interested":
                    pairing.show_interest(side, today=TODAY, deadlines=DEADLINES, at=AT)
                else:
                    pairing.agree(side, today=TODAY)
            except (TalksNotBegun, PairingStateForbids):
                pass
        if pairing.status is S.CONFIRMING:
            assert pairing.demand_answer is pairing.supply_answer is Answer.AGREED


def test_an_answer_in_time_counts_on_the_last_day_and_not_after_it() -> None:
    pairing = make_pairing(last_answer_on=TODAY)
    assert pairing.show_interest(Side.DEMAND, today=TODAY, deadlines=DEADLINES, at=AT)
    late = make_pairing(last_answer_on=TODAY)
    with pytest.raises(AnswerOverdue):
        late.show_interest(Side.DEMAND, today=date(2026, 11, 24), deadlines=DEADLINES, at=AT)
    with pytest.raises(AnswerOverdue):
        late.agree(Side.DEMAND, today=date(2026, 11, 24))


def test_a_purchase_cannot_even_reach_agreement() -> None:
    pairing = make_pairing(is_government_purchase=True)
    pairing.show_interest(Side.DEMAND, today=TODAY, deadlines=DEADLINES, at=AT)
    pairing.show_interest(Side.SUPPLY, today=TODAY, deadlines=DEADLINES, at=AT)
    assert (pairing.status, pairing.ended_at) == (S.REFERRED, AT)
    with pytest.raises(PairingStateForbids):
        pairing.agree(Side.DEMAND, today=TODAY)


def test_endings_remember_when_and_why() -> None:
    declined = make_pairing()
    declined.decline(Side.SUPPLY, reason=DeclineReason.BUDGET, at=AT)
    assert (declined.status, declined.reason, declined.ended_by, declined.ended_at) == (
        S.DECLINED, "budget", Side.SUPPLY, AT,
    )  # fmt: skip
    closed = make_pairing(S.CONFIRMING)
    closed.find_closed(at=AT)
    assert (closed.status, closed.reason) == (S.WITHDRAWN, "not_open")
    with pytest.raises(PairingStateForbids):
        make_pairing(S.OPEN).find_closed(at=AT)
    with pytest.raises(PairingStateForbids):
        make_pairing(S.CONFIRMING).withdraw(reason="x", at=AT)


def test_what_became_of_it_is_recorded_once() -> None:
    pairing = make_pairing(S.CONFIRMED)
    assert [pairing.start(), pairing.start()] == [True, False]
    assert [pairing.complete(at=AT), pairing.complete(at=AT)] == [True, False]
    assert (pairing.status, pairing.ended_at) == (S.COMPLETED, AT)
    failed = make_pairing(S.CONFIRMED)
    reports = [failed.fall_through(Side.SUPPLY, reason=FallThroughReason.TIME, at=AT) for _ in range(2)]
    assert reports == [True, False]
    assert (failed.status, failed.reason, failed.ended_by) == (S.FELL_THROUGH, "time", Side.SUPPLY)
    with pytest.raises(PairingStateForbids):
        failed.fall_through(Side.DEMAND, reason=FallThroughReason.TIME, at=AT)
