"""Each caller sees what the design lets it see, and what it may not see does not exist for it."""

from typing import Any

import pytest

from shared.contracts.codes import Role
from shared.db import new_id
from shared.testing import Call, Caller
from tests.registry.records import MIANYANG, PATH, SICHUAN, ZHAOJUE, activate, create, if_match, officer

pytestmark = pytest.mark.usefixtures("places")
OFFICIALS_ONLY = {
    "source_number", "remark", "full_time_staff", "social_workers", "party_coverage_mode", "source", "as_of",
    "evidence", "verified_by", "recorded_by", "qualifications", "enrolment_reason", "created_at", "updated_at",
}  # fmt: skip


@pytest.fixture
async def pair(call: Call, places: None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give an active and a pending organization of the same county."""
    active = await activate(officer(call), await create(officer(call), 1, remark="内部"))
    return active, await create(officer(call), 2)


async def names_seen(caller: Caller) -> set[str]:
    return {one["name"] for one in (await caller.get(PATH)).json()["items"]}


@pytest.mark.parametrize(
    ("role", "division"),
    [
        (Role.RURAL_OFFICER, ZHAOJUE),
        (Role.VILLAGE_EDITOR, ZHAOJUE),
        (Role.PARTNER_APPLICATION, None),
        (Role.SUPERVISING_UNIT, None),
    ],
)
async def test_others_see_the_public_fields_of_active_ones(
    call: Call, pair: tuple[dict[str, Any], dict[str, Any]], role: Role, division: str | None
) -> None:
    active, pending = pair
    caller = call(role, division=division)
    seen = (await caller.get(f"{PATH}/{active['id']}")).json()
    assert seen["name"] == active["name"]
    assert not OFFICIALS_ONLY & seen.keys()
    assert (await caller.get(f"{PATH}/{pending['id']}")).status_code == 404
    assert await names_seen(caller) == {active["name"]}


@pytest.mark.parametrize(("role", "division"), [(Role.RURAL_OFFICER, ZHAOJUE), (Role.PARTNER_APPLICATION, None)])
async def test_a_token_that_names_an_organization_widens_no_other_role(
    call: Call, pair: tuple[dict[str, Any], dict[str, Any]], role: Role, division: str | None
) -> None:
    active, pending = pair
    naming_active = call(role, division=division, organization_id=active["id"])
    assert not OFFICIALS_ONLY & (await naming_active.get(f"{PATH}/{active['id']}")).json().keys()
    naming_pending = call(role, division=division, organization_id=pending["id"])
    assert (await naming_pending.get(f"{PATH}/{pending['id']}")).status_code == 404


@pytest.mark.parametrize("division", [MIANYANG, SICHUAN])
async def test_offices_above_see_everything_of_their_places(
    call: Call, pair: tuple[dict[str, Any], dict[str, Any]], division: str
) -> None:
    caller = officer(call, division)
    assert await names_seen(caller) == {one["name"] for one in pair}
    seen = (await caller.get(f"{PATH}/{pair[0]['id']}")).json()
    assert seen.keys() >= OFFICIALS_ONLY


async def test_provincial_officers_see_everything_and_change_nothing(
    call: Call, pair: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    caller = call(Role.PROVINCIAL_OFFICER)
    assert await names_seen(caller) == {one["name"] for one in pair}
    assert (await caller.get(f"{PATH}/{pair[1]['id']}")).json()["recorded_by"]
    refused = await caller.patch(f"{PATH}/{pair[1]['id']}", json={"remark": "x"}, headers=if_match(pair[1]))
    assert refused.status_code == 403


async def test_an_organization_sees_itself_fully_and_others_publicly(
    call: Call, pair: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    active, pending = pair
    itself = call(Role.ORGANIZATION, organization_id=pending["id"])
    assert (await itself.get(f"{PATH}/{pending['id']}")).json() == pending
    assert not OFFICIALS_ONLY & (await itself.get(f"{PATH}/{active['id']}")).json().keys()
    assert await names_seen(itself) == {active["name"], pending["name"]}


async def test_another_county_s_organization_does_not_exist_for_an_office(
    call: Call, pair: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    other = officer(call, ZHAOJUE)
    assert await names_seen(other) == set()
    for organization_id in (pair[0]["id"], new_id()):
        path, seen = f"{PATH}/{organization_id}", {"If-Match": '"1"'}
        answers = [
            await other.get(path),
            await other.patch(path, json={"remark": "x"}, headers=seen),
            await other.post(f"{path}/suspend", headers=seen),
            await other.put(f"{path}/fundraiser", json={"fundraiser_id": None}, headers=seen),
            await other.put(f"{path}/assessment", json={"grade": "3A"}, headers=seen),
            await other.post(f"{path}/qualifications", json={"kind": "charity"}),
            await other.get(f"{path}/qualifications"),
            await other.get(f"{path}/supervision-records"),
        ]
        assert {(one.status_code, one.json()["type"]) for one in answers} == {
            (404, "/registry/problems/organization-not-found")
        }


async def test_an_office_without_a_division_sees_nothing(
    call: Call, pair: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    assert pair
    assert await names_seen(call(Role.CIVIL_AFFAIRS_OFFICER)) == set()


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR])
async def test_administrators_see_no_business_data(call: Call, role: Role) -> None:
    assert (await call(role).get(PATH)).status_code == 403


async def test_nobody_reads_without_a_token(call: Call) -> None:
    assert (await call(None).get(PATH)).status_code == 401
