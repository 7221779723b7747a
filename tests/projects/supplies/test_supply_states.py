"""The transition table of supplies, every state with every action, and capacity."""

from typing import Any

import pytest

from services.projects.supplies.errors import (
    CapacityUsedExceedsTotal,
    SupplyIncomplete,
    SupplyPeriodReversed,
    SupplyStateForbids,
)
from services.projects.supplies.models import Supply, SupplyAction
from shared import clock
from shared.contracts.codes import SupplyCloseReason, SupplyStatus

S, A = SupplyStatus, SupplyAction
ALLOWED: dict[SupplyAction, dict[SupplyStatus, SupplyStatus]] = {
    A.EDIT: {S.DRAFT: S.DRAFT, S.RETURNED: S.RETURNED},
    A.SUBMIT: {S.DRAFT: S.SUBMITTED, S.RETURNED: S.SUBMITTED},
    A.APPROVE: {S.SUBMITTED: S.APPROVED},
    A.RETURN: {S.SUBMITTED: S.RETURNED},
    A.LIST: {S.APPROVED: S.LISTED},
    A.FREE: {S.LISTED: S.LISTED, S.FULL: S.LISTED},
    A.FILL: {S.LISTED: S.FULL, S.FULL: S.FULL},
    A.DELIST: {S.APPROVED: S.CLOSED, S.LISTED: S.CLOSED, S.FULL: S.CLOSED},
    A.EXPIRE: {S.APPROVED: S.CLOSED, S.LISTED: S.CLOSED, S.FULL: S.CLOSED},
}


def make(status: SupplyStatus = S.DRAFT, **more: Any) -> Supply:
    given = {
        "title": "田间课堂", "description": "教嫁接", "capacity_total": 3, "capacity_used_elsewhere": 1,
        "capacity_used_here": 0, "fields": ["agritech"], "help_forms": ["expertise"],
        "beneficiary_groups": ["farmers"], "service_regions": ["51"],
    }  # fmt: skip
    return Supply(status=status, **(given | more))


@pytest.mark.parametrize("action", A)
@pytest.mark.parametrize("status", S)
def test_every_state_allows_exactly_the_actions_of_the_table(status: SupplyStatus, action: SupplyAction) -> None:
    supply = make(status)
    following = ALLOWED[action].get(status)
    if following is None:
        with pytest.raises(SupplyStateForbids) as refused:
            supply.change(action)
        assert refused.value.facts["action"] == action.value
        assert supply.status is status
    else:
        supply.change(action)
        assert supply.status is following


@pytest.mark.parametrize("reason", SupplyCloseReason)
def test_a_listed_supply_closes_with_its_reason(reason: SupplyCloseReason) -> None:
    supply = make(S.LISTED)
    supply.close(reason)
    assert (supply.status, supply.close_reason) == (S.CLOSED, reason)


@pytest.mark.parametrize("before", [S.LISTED, S.FULL])
@pytest.mark.parametrize(("used", "status"), [(0, S.LISTED), (1, S.LISTED), (2, S.FULL)])
def test_a_supply_is_full_exactly_while_no_capacity_is_free(
    before: SupplyStatus, used: int, status: SupplyStatus
) -> None:
    supply = make(before)
    supply.count_capacity(used)
    assert (supply.status, supply.free_capacity) == (status, 2 - used)


def test_a_closed_supply_stays_closed_when_capacity_is_given_back() -> None:
    supply = make(S.CLOSED, capacity_used_here=1)
    supply.count_capacity(0)
    assert supply.status is S.CLOSED


def test_a_supply_used_up_elsewhere_is_full_as_soon_as_it_is_listed() -> None:
    supply, now = make(S.APPROVED, capacity_used_elsewhere=3), clock.now()
    supply.put_on_list(at=now)
    assert (supply.status, supply.listed_at, supply.is_public) == (S.FULL, now, True)


@pytest.mark.parametrize("missing", ["fields", "help_forms", "beneficiary_groups", "service_regions"])
def test_an_incomplete_supply_is_not_submitted(missing: str) -> None:
    with pytest.raises(SupplyIncomplete) as refused:
        make(S.DRAFT, **{missing: []}).submit(by="organization", today=clock.today())
    assert refused.value.pointer == f"/{missing}"


def test_contradicting_fields_are_refused() -> None:
    with pytest.raises(CapacityUsedExceedsTotal):
        make(capacity_used_elsewhere=4).settle()
    with pytest.raises(SupplyPeriodReversed):
        make(starts_on=clock.today().replace(year=2030), ends_on=clock.today().replace(year=2029)).settle()
