"""Every change of an organization, its qualifications and its supervision is announced whole, in order."""

from typing import Any

import pytest

from shared.contracts.codes import Role
from shared.contracts.registry import ORGANIZATION_CHANGED, OrganizationSnapshot
from shared.testing import Call
from tests.registry.records import (
    MIANYANG,
    NATIONAL,
    PATH,
    SANTAI,
    SICHUAN,
    activate,
    create,
    credit_code,
    if_match,
    officer,
)

pytestmark = pytest.mark.usefixtures("places")


async def events_of(call: Call, organization_id: str) -> list[dict[str, Any]]:
    feed = await call(Role.SERVICE).get("/registry/v1/feed", params={"types": ORGANIZATION_CHANGED, "limit": 1000})
    return [event for event in feed.json() if event["subject"] == organization_id]


async def test_each_change_is_an_event_with_the_whole_snapshot(call: Call) -> None:
    keeper = officer(call, SICHUAN)
    charity = await create(
        keeper, 2, type="foundation", credit_code=credit_code(2, category="53"), name="某基金会",
        registered_division=NATIONAL,
    )  # fmt: skip
    body = await activate(keeper, await create(keeper, 1, source_number="S01"))
    path = f"{PATH}/{body['id']}"
    changes: list[tuple[str, dict[str, Any]]] = [
        ("credit-standing", {"status": "abnormal", "listed_on": "2026-03-01"}),
        ("annual-checks/2025", {"result": "passed"}),
        ("assessment", {"grade": "4A", "last_valid_on": "2029-05-31"}),
        ("fundraiser", {"fundraiser_id": charity["id"]}),
    ]
    for what, content in changes:
        body = (await keeper.put(f"{path}/{what}", json=content, headers=if_match(body))).json()
    submitted = await keeper.post(
        f"{path}/qualifications", json={"kind": "charity", "last_valid_on": "2028-12-31", "issuer": "三台县民政局"}
    )
    await officer(call, MIANYANG).post(
        f"/registry/v1/qualifications/{submitted.json()['id']}/verify", headers=if_match(submitted.json())
    )
    events = await events_of(call, body["id"])
    assert [event["reason"] for event in events] == [
        "created",
        "activated",
        "credit_standing_recorded",
        "annual_check_recorded",
        "assessment_recorded",
        "fundraiser_chosen",
        "qualification_submitted",
        "qualification_verified",
    ]
    assert [event["aggregateversion"] for event in events] == list(range(1, 9))
    snapshot = OrganizationSnapshot.model_validate(events[-1]["data"]).model_dump(mode="json", exclude_none=True)
    assert snapshot == {
        "id": body["id"],
        "name": body["name"],
        "credit_code": credit_code(1),
        "source_number": "S01",
        "type": "service_agency",
        "level": "county",
        "is_legal_person": True,
        "registered_division": SANTAI,
        "record_division": SANTAI,
        "registration_status": "normal",
        "enrolment_status": "active",
        "credit_status": "abnormal",
        "credit_listed_on": "2026-03-01",
        "charter_scope": "助学、支教",
        "annual_check": {"year": 2025, "result": "passed"},
        "assessment": {"grade": "4A", "last_valid_on": "2029-05-31"},
        "qualifications": [
            {
                "kind": "charity",
                "status": "verified",
                "held": True,
                "issuer": "三台县民政局",
                "last_valid_on": "2028-12-31",
            }
        ],
        "fundraiser_id": charity["id"],
        "fundraiser_credit_code": charity["credit_code"],
        "founded_on": "2015-03-01",
    }


async def test_a_refused_change_announces_nothing(call: Call) -> None:
    body = await create(officer(call))
    await officer(call).patch(f"{PATH}/{body['id']}", json={"remark": "x"}, headers={"If-Match": '"7"'})
    await officer(call).post(f"{PATH}/{body['id']}/leave", headers=if_match(body))
    assert [event["reason"] for event in await events_of(call, body["id"])] == ["created"]


async def test_a_reader_that_starts_again_gets_every_organization(call: Call) -> None:
    made = [await create(officer(call), number) for number in range(3)]
    seen: list[dict[str, Any]] = []
    params: dict[str, Any] = {"type": ORGANIZATION_CHANGED, "limit": 2}
    while True:
        page = (await call(Role.SERVICE).get("/registry/v1/feed/snapshot", params=params)).json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        params["after"] = page["next_cursor"]
    assert [event["data"]["id"] for event in seen] == [one["id"] for one in made]
    last = await events_of(call, made[0]["id"])
    assert seen[0]["data"] == last[-1]["data"]
