"""The transition table of demands, every state with every action."""

from typing import Any

import pytest

from services.projects.demands.errors import (
    DemandIncomplete,
    DemandStateForbids,
    HeadCountMissing,
    PartExceedsWhole,
    PeriodReversed,
    ProcurementMethodMismatch,
)
from services.projects.demands.models import Demand, DemandAction
from shared import clock
from shared.contracts.codes import DemandCloseReason, DemandStatus, Procurement, ProcurementMethod, SurveyStage
from shared.errors import DomainError

S, A = DemandStatus, DemandAction
OFFERED = {S.PUBLISHED, S.PARTLY_COVERED, S.COVERED}
OPEN = set(S) - {S.CLOSED}
ALLOWED: dict[DemandAction, dict[DemandStatus, DemandStatus]] = {
    A.EDIT: {S.DRAFT: S.DRAFT, S.RETURNED: S.RETURNED},
    A.SURVEY: {S.DRAFT: S.DRAFT},
    A.SUBMIT: {S.DRAFT: S.SUBMITTED, S.RETURNED: S.SUBMITTED},
    A.APPROVE: {S.SUBMITTED: S.APPROVED},
    A.RETURN: {S.SUBMITTED: S.RETURNED},
    A.PUBLISH: {S.APPROVED: S.PUBLISHED},
    A.UNCOVER: dict.fromkeys(OFFERED, S.PUBLISHED),
    A.COVER_PARTLY: dict.fromkeys(OFFERED, S.PARTLY_COVERED),
    A.COVER: dict.fromkeys(OFFERED, S.COVERED),
    A.CLOSE: dict.fromkeys(OFFERED, S.CLOSED),
    A.WITHDRAW: dict.fromkeys(OPEN, S.CLOSED),
    A.EXPIRE: dict.fromkeys(OPEN, S.CLOSED),
}


def make(status: DemandStatus = S.DRAFT, **more: Any) -> Demand:
    given = {
        "title": "核桃改造", "description": "盼技术", "division": "513431100000", "places": 2, "places_taken": 0,
        "persons": 10, "procurement": Procurement.NONE, "policy_gap": "不含培训", "beneficiary_groups": ["farmers"],
        "ends_on": clock.today(),
    }  # fmt: skip
    return Demand(status=status, **(given | more))


@pytest.mark.parametrize("action", A)
@pytest.mark.parametrize("status", S)
def test_every_state_allows_exactly_the_actions_of_the_table(status: DemandStatus, action: DemandAction) -> None:
    demand = make(status)
    following = ALLOWED[action].get(status)
    if following is None:
        with pytest.raises(DemandStateForbids) as refused:
            demand.change(action)
        assert refused.value.facts["status"] == status.value
        assert demand.status is status
    else:
        demand.change(action)
        assert demand.status is following


@pytest.mark.parametrize("reason", DemandCloseReason)
@pytest.mark.parametrize("status", S)
def test_only_withdrawal_and_expiry_close_what_is_not_published(
    status: DemandStatus, reason: DemandCloseReason
) -> None:
    demand = make(status)
    everywhere = reason in {DemandCloseReason.WITHDRAWN, DemandCloseReason.EXPIRED}
    if status in (OPEN if everywhere else OFFERED):
        demand.close(reason)
        assert (demand.status, demand.close_reason) == (S.CLOSED, reason)
    else:
        with pytest.raises(DemandStateForbids):
            demand.close(reason)
        assert demand.close_reason is None


@pytest.mark.parametrize(("taken", "status"), [(0, S.PUBLISHED), (1, S.PARTLY_COVERED), (2, S.COVERED)])
@pytest.mark.parametrize("before", sorted(OFFERED))
def test_places_taken_decide_how_far_a_published_demand_is_covered(
    before: DemandStatus, taken: int, status: DemandStatus
) -> None:
    demand = make(before)
    demand.count_places(taken)
    assert (demand.status, demand.places_taken) == (status, taken)


def test_a_closed_demand_stays_closed_when_a_place_is_given_back() -> None:
    demand = make(S.CLOSED, places_taken=1)
    demand.count_places(0)
    assert (demand.status, demand.places_taken) == (S.CLOSED, 0)


@pytest.mark.parametrize("missing", ["policy_gap", "beneficiary_groups", "persons", "ends_on"])
def test_an_incomplete_demand_is_not_submitted(missing: str) -> None:
    with pytest.raises(DemandIncomplete) as refused:
        make(S.DRAFT, **{missing: None}).submit(by="rural-a", today=clock.today())
    assert refused.value.pointer == f"/{missing}"


def test_submitting_approving_and_publishing_leave_their_marks() -> None:
    demand, now = make(), clock.now()
    assert demand.is_private
    demand.submit(by="rural-a", today=clock.today())
    assert (demand.submitted_by, demand.is_private, demand.is_public) == ("rural-a", False, False)
    demand.approve()
    assert demand.survey_stage is SurveyStage.ADMITTED
    demand.publish(at=now)
    assert (demand.published_at, demand.is_public) == (now, True)


@pytest.mark.parametrize(
    ("values", "error", "pointer"),
    [
        ({"procurement": Procurement.GOVERNMENT_PURCHASE}, ProcurementMethodMismatch, "/procurement_method"),
        ({"procurement_method": ProcurementMethod.BIDDING}, ProcurementMethodMismatch, "/procurement_method"),
        ({"persons": None}, HeadCountMissing, "/persons"),
        ({"monitored_persons": 11}, PartExceedsWhole, "/monitored_persons"),
        ({"starts_on": clock.today().replace(year=2030), "ends_on": clock.today().replace(year=2029)},
         PeriodReversed, "/ends_on"),
    ],
)  # fmt: skip
def test_fields_that_contradict_each_other_are_refused(
    values: dict[str, Any], error: type[DomainError], pointer: str
) -> None:
    with pytest.raises(error) as refused:
        make(**values).settle()
    assert refused.value.pointer == pointer


def test_a_demand_belongs_to_the_office_of_its_county() -> None:
    demand = make()
    demand.settle()
    assert demand.owner_division == "513431000000"
    assert "'核桃'" in demand.search
