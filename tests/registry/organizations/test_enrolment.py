"""Enrolment follows one table of steps, each state with each step, in the model and over HTTP."""

from itertools import product

import pytest

from services.registry.main import create_app
from services.registry.organizations.errors import EnrolmentNotAllowed
from services.registry.organizations.models import ENROLMENT_STEPS, EnrolmentStep, Organization
from shared import clock
from shared.contracts.codes import EnrolmentStatus
from shared.testing import Call
from tests.registry.records import PATH, activate, create, if_match, officer

assert create_app  # all tables are known once the application is
ALLOWED = {
    ("pending", "activate"): "active",
    ("active", "suspend"): "suspended",
    ("suspended", "activate"): "active",
    ("suspended", "leave"): "left",
}


@pytest.mark.parametrize(("status", "step"), list(product(EnrolmentStatus, EnrolmentStep)))
def test_every_state_allows_its_own_steps_and_no_other(status: EnrolmentStatus, step: EnrolmentStep) -> None:
    organization = Organization(enrolment_status=status, enrolment_reason="before")
    following = ALLOWED.get((status.value, step.value))
    if following is None:
        with pytest.raises(EnrolmentNotAllowed):
            organization.take_step(step, reason="now", at=clock.now())
        assert (organization.enrolment_status, organization.enrolment_reason) == (status, "before")
    else:
        organization.take_step(step, reason="now", at=clock.now())
        assert (organization.enrolment_status.value, organization.enrolment_reason) == (following, "now")


def test_the_table_is_the_one_of_the_design() -> None:
    assert {(status.value, step.value): to.value for (status, step), to in ENROLMENT_STEPS.items()} == ALLOWED


@pytest.mark.usefixtures("places")
async def test_an_enrolment_goes_through_its_states_over_http(call: Call) -> None:
    body = await activate(officer(call), await create(officer(call)))
    for step, status in (("suspend", "suspended"), ("activate", "active"), ("suspend", "suspended"), ("leave", "left")):
        path = f"{PATH}/{body['id']}/{step}"
        answer = await officer(call).post(path, json={"reason": "年报逾期"}, headers=if_match(body))
        assert answer.status_code == 200
        assert answer.json()["version"] == body["version"] + 1
        body = answer.json()
        assert (body["enrolment_status"], body["enrolment_reason"]) == (status, "年报逾期")
    refused = await officer(call).post(f"{PATH}/{body['id']}/activate", headers=if_match(body))
    assert (refused.status_code, refused.json()["type"]) == (409, "/registry/problems/enrolment-not-allowed")
    assert "left" in refused.json()["detail"]
