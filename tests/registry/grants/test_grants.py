"""Grants: made, seen and ended by who may."""

from typing import Any

import pytest

from shared.contracts.codes import Role
from tests.registry.grants.granting import GRANTS, Parties, ends_in


async def test_a_grantor_lets_an_application_act_in_named_scopes_for_a_time(parties: Parties) -> None:
    made = await parties.grant(scopes=["pairings.read", "demands.read", "pairings.read"])
    assert made.status_code == 201
    said = made.json()
    assert (said["client_id"], said["granted_by"], said["grantor_role"]) == (
        "village-app", "zhaojue-rural", "rural_officer",
    )  # fmt: skip
    assert said["scopes"] == ["pairings.read", "demands.read"]
    assert said["revoked_at"] is None
    assert (await parties.grant("foundation", scopes=["supplies.write"])).status_code == 201


async def test_both_parties_see_it_and_the_administrator_sees_nothing_of_the_business(parties: Parties) -> None:
    grant_id = await parties.grant_id()
    for name, purpose in (
        ("zhaojue-rural", "县里的小程序"),
        ("zhaojue-rural-2", "县里的小程序"),
        ("village-app", "县里的小程序"),
    ):
        [seen] = (await parties.client(name).get(GRANTS)).json()["items"]
        assert (seen["id"], seen["purpose"]) == (grant_id, purpose)
    [seen] = (await parties.security.get(GRANTS)).json()["items"]
    assert (seen["id"], seen["purpose"]) == (grant_id, None)
    for name in ("other-app", "santai-rural", "zhaojue-editor", "foundation"):
        assert (await parties.client(name).get(GRANTS)).json()["items"] == []
        hidden = await parties.client(name).post(f"{GRANTS}/{grant_id}/revoke")
        assert hidden.status_code == (403 if name == "other-app" else 404)


@pytest.mark.parametrize("by", ["zhaojue-rural", "zhaojue-rural-2", "security"])
async def test_the_office_and_the_security_administrator_end_it_once(parties: Parties, by: str) -> None:
    grant_id = await parties.grant_id()
    caller = parties.security if by == "security" else parties.client(by)
    ended = (await caller.post(f"{GRANTS}/{grant_id}/revoke")).json()
    assert ended["revoked_at"]
    assert ended["revoked_by"] == ("test-security_administrator" if by == "security" else by)
    again = (await parties.client("zhaojue-rural").post(f"{GRANTS}/{grant_id}/revoke")).json()
    assert (again["revoked_at"], again["revoked_by"]) == (ended["revoked_at"], ended["revoked_by"])


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"client_id": "nobody-there"}, "/client_id", "application-not-there"),
        ({"client_id": "santai-rural"}, "/client_id", "application-not-there"),
        ({"ends_at": ends_in(seconds=-1)}, "/ends_at", "grant-ends-in-the-past"),
        ({"ends_at": ends_in(days=367)}, "/ends_at", "grant-too-long"),
        ({"scopes": ["pairings.read", "supplies.write"]}, "/scopes/1", "scope-not-yours"),
        ({"scopes": ["review"]}, "/scopes/0", "enum"),
        ({"scopes": []}, "/scopes", "too_short"),
        ({"purpose": "联系张三 13812345678"}, "/purpose", "personal_data"),
    ],
)
async def test_a_grant_that_cannot_be_is_refused_by_its_field(
    parties: Parties, changes: dict[str, Any], pointer: str, code: str
) -> None:
    refused = await parties.grant(**changes)
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["pointer"], error["code"]) == (422, pointer, code)
    assert "13812345678" not in refused.text


async def test_a_disabled_application_is_granted_nothing_and_a_disabled_grantor_grants_nothing(
    parties: Parties,
) -> None:
    await parties.disable("village-app")
    assert (await parties.grant()).json()["type"] == "/registry/problems/application-not-there"
    await parties.disable("zhaojue-rural")
    refused = await parties.grant(client_id="other-app")
    assert (refused.status_code, refused.json()["type"]) == (409, "/registry/problems/grantor-has-no-client")


async def test_who_is_no_client_of_registry_or_stands_for_something_else_grants_nothing(parties: Parties) -> None:
    body = {"client_id": "village-app", "scopes": ["demands.read"], "ends_at": ends_in(days=1), "purpose": "x"}
    for subject, division in (("https://idp.test#7", "513431000000"), ("zhaojue-rural", "510722000000")):
        caller = parties.call(Role.RURAL_OFFICER, sub=subject, division=division)
        assert (await caller.post(GRANTS, json=body)).json()["type"] == "/registry/problems/grantor-has-no-client"


@pytest.mark.parametrize("role", [Role.PROVINCIAL_OFFICER, Role.PARTNER_APPLICATION, Role.SUPERVISING_UNIT])
async def test_other_roles_grant_nothing(parties: Parties, role: Role) -> None:
    assert (await parties.call(role).post(GRANTS, json={})).status_code == 403
