"""Subscriptions: made, seen and deleted by their owners alone."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from services.matching.subscriptions.models import Subscription
from shared.contracts.codes import Role
from shared.db import Database, new_id
from shared.sealing import Sealer
from shared.testing import SECRET_KEY, Call
from tests.matching.subscriptions.conftest import SetSettings

PATH = "/matching/v1/subscriptions"
NEW = {"endpoint": "https://receiver.example/hook", "event_types": ["matching.pairing.*"], "description": "对接通知"}
OWNERS: list[tuple[Role, dict[str, Any]]] = [
    (Role.ORGANIZATION, {"organization_id": new_id()}),
    (Role.RURAL_OFFICER, {"division": "513431000000"}),
    (Role.VILLAGE_EDITOR, {"division": "513431000000"}),
    (Role.CIVIL_AFFAIRS_OFFICER, {"division": "513431000000"}),
    (Role.PROVINCIAL_OFFICER, {}),
    (Role.PARTNER_APPLICATION, {}),
]


async def test_the_secret_is_shown_once_and_stored_sealed(call: Call, database: Database) -> None:
    caller = call(Role.ORGANIZATION, organization_id=new_id())
    headers = {"Idempotency-Key": "make-it-once"}
    created = await caller.post(PATH, json=NEW, headers=headers)
    assert created.status_code == 201
    secret = created.json()["secret"]
    assert secret.startswith("whsec_")
    assert len(secret) == 6 + 44
    assert created.headers["cache-control"] == "no-store"
    replayed = await caller.post(PATH, json=NEW, headers=headers)
    assert secret[6:] not in replayed.text
    told = replayed.json().pop("secret_withheld")
    assert "rotate-secret" in told["zh-CN"]
    assert "rotate-secret" in told["en"]
    assert {**replayed.json(), "secret_withheld": None, "secret": secret} == created.json()
    read = await caller.get(f"{PATH}/{created.json()['id']}")
    assert read.json() == {
        name: value for name, value in created.json().items() if "secret" != name != "secret_withheld"
    }
    listed = await caller.get(PATH)
    assert listed.json()["items"] == [read.json()]
    async with database.transaction() as session:
        [stored] = (await session.execute(select(Subscription))).scalars()
    assert secret[6:] not in stored.secret_sealed
    assert len(Sealer(SECRET_KEY).open(stored.secret_sealed, purpose="webhook secret")) == 32


@pytest.mark.parametrize(("role", "claims"), OWNERS)
async def test_owners_see_and_delete_their_own_alone(call: Call, role: Role, claims: dict[str, Any]) -> None:
    owner = call(role, **claims)
    created = (await owner.post(PATH, json=NEW)).json()
    path = f"{PATH}/{created['id']}"
    for other_role, other_claims in OWNERS:
        if other_role is not role:
            other = call(other_role, **other_claims)
            assert (await other.get(path)).status_code == 404
            assert (await other.delete(path)).status_code == 404
            assert (await other.get(PATH)).json()["items"] == []
    colleague = call(role, sub=None if role is Role.PARTNER_APPLICATION else "a-colleague", **claims)
    assert (await colleague.get(path)).status_code == 200
    assert (await owner.delete(path)).status_code == 204
    gone = await owner.get(path)
    assert (gone.status_code, gone.json()["type"]) == (404, "/matching/problems/subscription-not-found")


async def test_another_application_is_another_owner(call: Call) -> None:
    await call(Role.PARTNER_APPLICATION, sub="one").post(PATH, json=NEW)
    assert (await call(Role.PARTNER_APPLICATION, sub="two").get(PATH)).json()["items"] == []


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMINISTRATOR, Role.SUPERVISING_UNIT, Role.SERVICE])
async def test_other_roles_have_no_subscriptions(call: Call, role: Role) -> None:
    assert (await call(role).post(PATH, json=NEW)).status_code == 403
    assert (await call(role).get(PATH)).status_code == 403


@pytest.mark.parametrize("role", [Role.ORGANIZATION, Role.RURAL_OFFICER])
async def test_a_token_that_does_not_say_whose_it_is_owns_nothing(call: Call, role: Role) -> None:
    refused = await call(role).post(PATH, json=NEW)
    assert (refused.status_code, refused.json()["type"]) == (403, "/matching/problems/out-of-scope")


async def test_an_owner_has_a_limited_number_and_others_are_not_touched(call: Call, set_settings: SetSettings) -> None:
    set_settings(subscriptions_per_owner=2)
    caller = call(Role.ORGANIZATION, organization_id=new_id())
    for _ in range(2):
        assert (await caller.post(PATH, json=NEW)).status_code == 201
    refused = await caller.post(PATH, json=NEW, headers={"Accept-Language": "en"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/matching/problems/too-many-subscriptions")
    assert "(2)" in refused.json()["title"]
    assert (await call(Role.PROVINCIAL_OFFICER).post(PATH, json=NEW)).status_code == 201


async def test_a_list_comes_in_pages_newest_first(call: Call) -> None:
    caller = call(Role.PROVINCIAL_OFFICER)
    ids = [(await caller.post(PATH, json=NEW)).json()["id"] for _ in range(3)]
    first = (await caller.get(PATH, params={"limit": 2})).json()
    assert [item["id"] for item in first["items"]] == [ids[2], ids[1]]
    second = (await caller.get(PATH, params={"cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in second["items"]] == [ids[0]]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"endpoint": "ftp://receiver.example/"}, "/endpoint"),
        ({"endpoint": "not a url"}, "/endpoint"),
        ({"endpoint": "https://user:password@receiver.example/"}, "/endpoint"),  # pragma: allowlist secret
        ({"endpoint": "https://receiver.example/#part"}, "/endpoint"),
        ({"event_types": []}, "/event_types"),
        ({"event_types": ["matching.pairing.painted.v1"]}, "/event_types/0"),
        ({"event_types": ["matching.pairing.*", "*"]}, "/event_types/1"),
        ({"event_types": ["matching.pair.*"]}, "/event_types/0"),
        ({"secret": "whsec_mine"}, "/secret"),  # pragma: allowlist secret
        ({"description": "x" * 501}, "/description"),
    ],
)
async def test_a_wrong_field_is_named(call: Call, change: dict[str, Any], pointer: str) -> None:
    refused = await call(Role.PROVINCIAL_OFFICER).post(PATH, json=NEW | change)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


def test_a_longer_rest_stays() -> None:
    subscription = Subscription()
    later, sooner = (datetime(2026, 11, 22, 8, 0, second, tzinfo=UTC) for second in (9, 5))
    subscription.rest(until=later)
    subscription.rest(until=sooner)
    assert subscription.next_attempt_at == later
    assert subscription.rests(at=sooner)
    assert not subscription.rests(at=later)
