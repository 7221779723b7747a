"""Qualifications go through one table of states, are reviewed by another than who submitted, and expire."""

from datetime import date
from itertools import product
from typing import Any

import pytest

from services.registry.main import create_app
from services.registry.qualifications.actions import expire_qualifications
from services.registry.qualifications.errors import QualificationStepNotAllowed, ReviewerIsSubmitter
from services.registry.qualifications.models import QUALIFICATION_STEPS, Qualification, QualificationStep
from shared import clock
from shared.auth.principals import Principal
from shared.contracts.codes import QualificationStatus, Role
from shared.db import new_id
from shared.testing import Call, Caller, SavepointDatabase
from tests.registry.records import MIANYANG, PATH, ZHAOJUE, activate, create, if_match, officer

assert create_app  # all tables are known once the application is
ALLOWED = {
    ("submitted", "verify"): "verified",
    ("submitted", "reject"): "rejected",
    ("verified", "expire"): "expired",
    ("verified", "revoke"): "revoked",
}
RAISING = {"kind": "public_fundraising", "issuer": "民政部门", "last_valid_on": "2028-12-31", "evidence": "证书"}


@pytest.mark.parametrize(("status", "step"), list(product(QualificationStatus, QualificationStep)))
def test_every_state_allows_its_own_steps_and_no_other(status: QualificationStatus, step: QualificationStep) -> None:
    qualification = Qualification(status=status, recorded_by="a")
    following = ALLOWED.get((status.value, step.value))
    if following is None:
        with pytest.raises(QualificationStepNotAllowed):
            qualification.take_step(step)
        assert qualification.status is status
    else:
        qualification.take_step(step)
        assert qualification.status.value == following


def test_the_table_is_the_one_of_the_design() -> None:
    assert {(status.value, step.value): to.value for (status, step), to in QUALIFICATION_STEPS.items()} == ALLOWED


@pytest.mark.parametrize("step", [QualificationStep.VERIFY, QualificationStep.REJECT])
def test_the_reviewer_is_never_the_submitter(step: QualificationStep) -> None:
    qualification = Qualification(status=QualificationStatus.SUBMITTED, recorded_by="a")
    with pytest.raises(ReviewerIsSubmitter):
        qualification.review(step, by=Principal("a", Role.CIVIL_AFFAIRS_OFFICER), note=None, at=clock.now())
    assert qualification.status is QualificationStatus.SUBMITTED


@pytest.fixture
async def organization(call: Call, places: None) -> dict[str, Any]:
    return await activate(officer(call), await create(officer(call)))


async def submit(caller: Caller, organization: dict[str, Any], **changes: Any) -> dict[str, Any]:
    answer = await caller.post(f"{PATH}/{organization['id']}/qualifications", json=RAISING | changes)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def review(caller: Caller, qualification: dict[str, Any], step: str) -> Any:
    path = f"/registry/v1/qualifications/{qualification['id']}/{step}"
    return await caller.post(path, json={"note": "已核"}, headers=if_match({"version": 1} | qualification))


async def standing(call: Call, organization: dict[str, Any]) -> dict[str, str]:
    """Return the state of each kind as the organization shows it."""
    read = await officer(call).get(f"{PATH}/{organization['id']}")
    return {one["kind"]: one["status"] for one in read.json()["qualifications"]}


async def test_an_organization_submits_and_an_officer_verifies(call: Call, organization: dict[str, Any]) -> None:
    itself = call(Role.ORGANIZATION, organization_id=organization["id"])
    submitted = await submit(itself, organization, source="mirrored")
    assert (submitted["status"], submitted["source"]) == ("submitted", "reported")
    verified = await review(officer(call), submitted, "verify")
    assert (verified.status_code, verified.json()["status"], verified.json()["review_note"]) == (
        200,
        "verified",
        "已核",
    )
    read = await officer(call).get(f"{PATH}/{organization['id']}")
    assert read.json()["version"] == organization["version"] + 2
    assert await standing(call, organization) == {"public_fundraising": "verified"}


async def test_the_submitter_cannot_verify_over_http_either(call: Call, organization: dict[str, Any]) -> None:
    submitted = await submit(officer(call), organization)
    for step in ("verify", "reject"):
        refused = await review(officer(call), submitted, step)
        assert (refused.status_code, refused.json()["type"]) == (403, "/registry/problems/reviewer-is-submitter")
    rejected = (await review(officer(call, MIANYANG), submitted, "reject")).json()
    assert rejected["status"] == "rejected"
    refused = await review(officer(call, MIANYANG), rejected, "verify")
    assert (refused.status_code, refused.json()["type"]) == (409, "/registry/problems/qualification-step-not-allowed")


async def test_a_verified_one_can_be_revoked(call: Call, organization: dict[str, Any]) -> None:
    submitted = await submit(officer(call), organization)
    verified = (await review(officer(call, MIANYANG), submitted, "verify")).json()
    assert (await review(officer(call, MIANYANG), verified, "revoke")).json()["status"] == "revoked"
    assert await standing(call, organization) == {"public_fundraising": "revoked"}


async def test_a_verified_renewal_ends_the_one_before_and_a_waiting_one_does_not(
    call: Call, organization: dict[str, Any]
) -> None:
    first = await submit(officer(call), organization)
    await review(officer(call, MIANYANG), first, "verify")
    second = await submit(officer(call), organization, last_valid_on="2031-12-31")
    assert await standing(call, organization) == {"public_fundraising": "verified"}
    await review(officer(call, MIANYANG), second, "verify")
    listed = (await officer(call).get(f"{PATH}/{organization['id']}/qualifications")).json()["items"]
    assert [(one["id"], one["status"]) for one in listed] == [(first["id"], "expired"), (second["id"], "verified")]
    read = (await officer(call).get(f"{PATH}/{organization['id']}")).json()["qualifications"]
    assert [one["last_valid_on"] for one in read] == ["2031-12-31"]


async def test_only_one_of_a_kind_waits_for_review(call: Call, organization: dict[str, Any]) -> None:
    await submit(officer(call), organization)
    refused = await officer(call).post(f"{PATH}/{organization['id']}/qualifications", json=RAISING)
    assert (refused.status_code, refused.json()["type"]) == (409, "/registry/problems/qualification-already-submitted")
    await submit(officer(call), organization, kind="charity")


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"kind": "diploma"}, "/kind", "enum"),
        ({"valid_from": "2029-01-01"}, "/last_valid_on", "period-reversed"),
        ({"as_of": "2999-01-01"}, "/as_of", "date-in-future"),
        ({"source": "mirrored", "evidence": None}, "/evidence", "evidence-missing"),
        ({"holder": "x"}, "/holder", "extra_forbidden"),
    ],
)
async def test_a_wrong_value_is_refused_at_its_field(
    call: Call, organization: dict[str, Any], changes: dict[str, Any], pointer: str, code: str
) -> None:
    path = f"{PATH}/{organization['id']}/qualifications"
    refused = await officer(call).post(path, json=RAISING | changes)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    assert refused.json()["errors"][0]["code"] == code


async def test_the_public_sees_verified_ones_without_their_evidence(call: Call, organization: dict[str, Any]) -> None:
    verified = await submit(officer(call), organization)
    await review(officer(call, MIANYANG), verified, "verify")
    await submit(officer(call), organization, kind="charity")
    path = f"{PATH}/{organization['id']}/qualifications"
    seen = (await call(Role.RURAL_OFFICER, division=ZHAOJUE).get(path)).json()["items"]
    assert [(one["kind"], one.get("evidence"), one.get("review_note")) for one in seen] == [
        ("public_fundraising", None, None)
    ]
    full = (await officer(call).get(path)).json()["items"]
    assert [one["evidence"] for one in full] == ["证书", "证书"]


async def test_a_qualification_out_of_scope_does_not_exist(call: Call, organization: dict[str, Any]) -> None:
    submitted = await submit(officer(call), organization)
    for qualification in (submitted, {"id": new_id()}):
        refused = await review(officer(call, ZHAOJUE), qualification, "verify")
        assert (refused.status_code, refused.json()["type"]) == (404, "/registry/problems/qualification-not-found")


async def test_an_organization_submits_for_itself_alone_and_reviews_nothing(
    call: Call, organization: dict[str, Any]
) -> None:
    other = call(Role.ORGANIZATION, organization_id=new_id())
    assert (await other.post(f"{PATH}/{organization['id']}/qualifications", json=RAISING)).status_code == 404
    submitted = await submit(officer(call), organization)
    itself = call(Role.ORGANIZATION, organization_id=organization["id"])
    assert (await review(itself, submitted, "verify")).status_code == 403


async def test_a_qualification_expires_after_its_last_valid_day(
    call: Call, organization: dict[str, Any], database: SavepointDatabase
) -> None:
    submitted = await submit(officer(call), organization)
    await review(officer(call, MIANYANG), submitted, "verify")
    await submit(officer(call), organization, kind="charity", last_valid_on="2020-01-01")
    for today, changed, status in ((date(2028, 12, 31), 0, "verified"), (date(2029, 1, 1), 1, "expired")):
        async with database.transaction() as session:
            assert await expire_qualifications(session, today=today, at=clock.now()) == changed
        assert await standing(call, organization) == {"public_fundraising": status, "charity": "submitted"}
