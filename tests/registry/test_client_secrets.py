"""Secrets of API clients: shown once, two live ones, an end, a last use, and revocation."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.registry.api_clients.actions import ensure_api_client
from services.registry.api_clients.schemas import ApiClientCreate
from shared import clock
from shared.contracts.codes import Role
from shared.sealing import Sealer
from shared.testing import SECRET_KEY, Call, SavepointDatabase
from tests.registry.clients import CLIENTS, activator, ask_for_token, make_client, maker

pytestmark = pytest.mark.usefixtures("places")
NEW = {"client_id": "zhaojue-rural", "name": "昭觉县农业农村局", "role": "rural_officer", "division": "513431000000"}
SECRETS = f"{CLIENTS}/zhaojue-rural/secrets"


async def create(call: Call, **changes: Any) -> dict[str, Any]:
    return await make_client(call, NEW | changes)


async def add_secret(call: Call, body: dict[str, Any]) -> str:
    """Add a secret and let it in."""
    added = await maker(call).post(SECRETS, json=body)
    assert added.status_code == 201, added.text
    assert (await activator(call).post(f"{SECRETS}/{added.json()['id']}/activate")).status_code == 200
    return str(added.json()["client_secret"])


async def ask(call: Call, secret: str) -> httpx.Response:
    return await ask_for_token(call, "zhaojue-rural", secret)


async def revoked(call: Call) -> dict[str, list[str]]:
    body: dict[str, list[str]] = (await call(Role.SERVICE).get("/registry/v1/revocations")).json()
    return body


async def test_a_secret_is_stored_as_a_hash_only_and_no_repeat_shows_it(
    call: Call, database: SavepointDatabase
) -> None:
    admin, key = call(Role.SECURITY_ADMINISTRATOR), {"Idempotency-Key": "create-the-client"}
    created = await admin.post(CLIENTS, json=NEW, headers=key)
    again = await admin.post(CLIENTS, json=NEW, headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    secret = created.json().pop("client_secret")
    assert "client_secret" not in again.json()
    assert again.json()["id"] == created.json()["id"]
    assert created.headers["cache-control"] == "no-store"
    sealer = Sealer(SECRET_KEY)
    async with database.transaction() as session:
        (stored,) = (await session.execute(text("select secret_hash from api_client_secrets"))).scalars()
        answer = (await session.execute(text("select body, subject, key from idempotency_keys"))).one()
    assert stored == sealer.hash(secret)
    remembered = sealer.open(answer.body.decode(), purpose=f"answer {answer.subject} {answer.key}").decode()
    assert secret not in remembered


async def test_a_secret_is_replaced_without_an_outage(call: Call) -> None:
    client, admin = await create(call), call(Role.SECURITY_ADMINISTRATOR)
    old, new = client["client_secret"], await add_secret(call, {})
    assert [(await ask(call, one)).status_code for one in (old, new)] == [200, 200]
    third = await admin.post(SECRETS, json={})
    assert (third.status_code, third.json()["type"]) == (409, "/registry/problems/two-secrets-are-live")
    ended = await admin.post(f"{SECRETS}/{client['secrets'][0]['id']}/revoke")
    assert ended.json()["revoked_at"]
    assert [(await ask(call, one)).status_code for one in (old, new)] == [401, 200]
    assert await revoked(call) == {"clients": [], "secrets": [client["secrets"][0]["id"]], "grants": []}
    assert (await admin.post(SECRETS, json={})).status_code == 201
    assert (await admin.post(f"{SECRETS}/{client['id']}/revoke")).status_code == 404


async def test_a_disabled_client_is_told_to_the_services_and_to_nobody_else(call: Call) -> None:
    await create(call)
    await call(Role.SECURITY_ADMINISTRATOR).post(f"{CLIENTS}/zhaojue-rural/disable")
    assert await revoked(call) == {"clients": ["zhaojue-rural"], "secrets": [], "grants": []}
    for role in (Role.SECURITY_ADMINISTRATOR, Role.PROVINCIAL_OFFICER, Role.PARTNER_APPLICATION):
        assert (await call(role).get("/registry/v1/revocations")).status_code == 403


async def test_clients_and_secrets_end_by_themselves_and_tokens_no_later(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    client = await create(call, expires_at=(now + timedelta(minutes=30)).isoformat())
    soon = {"expires_at": (now + timedelta(minutes=10)).isoformat()}
    second = await add_secret(call, soon)
    lives = [(await ask(call, one)).json()["expires_in"] for one in (client["client_secret"], second)]
    assert lives == [pytest.approx(1800, abs=10), pytest.approx(600, abs=10)]
    for minutes, statuses in ((11, [200, 401]), (31, [401, 401])):
        monkeypatch.setattr(clock, "now", lambda later=now + timedelta(minutes=minutes): later)
        assert [(await ask(call, one)).status_code for one in (client["client_secret"], second)] == statuses
    monkeypatch.undo()
    late = await call(Role.SECURITY_ADMINISTRATOR).post(CLIENTS, json=NEW | {"expires_at": "2020-01-01T00:00:00Z"})
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "/expires_at")


async def test_the_last_use_is_noted_once_a_minute_and_is_no_new_version(
    call: Call, database: SavepointDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await create(call)

    async def stored() -> tuple[datetime | None, int, datetime]:
        query = "select last_used_at, version, updated_at from api_client_secrets, api_clients"
        async with database.transaction() as session:
            return tuple((await session.execute(text(query))).one())  # type: ignore[return-value]

    fresh, start = await stored(), clock.now()
    uses = []
    for seconds in (0, 30, 61):
        monkeypatch.setattr(clock, "now", lambda at=start + timedelta(seconds=seconds): at)
        assert (await ask(call, client["client_secret"])).status_code == 200
        uses.append(await stored())
    assert fresh[0] is None
    assert [use[0] for use in uses] == [start, start, start + timedelta(seconds=61)]
    assert {use[1:] for use in uses} == {fresh[1:]}
    monkeypatch.undo()
    listed = (await call(Role.SECURITY_ADMINISTRATOR).get(CLIENTS)).json()["items"][0]
    assert listed["secrets"][0]["last_used_at"]


async def test_bootstrapping_with_a_new_secret_leaves_the_former_until_a_third_comes(
    call: Call, database: SavepointDatabase
) -> None:
    command, given = (
        ApiClientCreate.model_validate(NEW),
        [f"secret-number-{number}-of-32-characters" for number in "123"],
    )
    expected = [[200, 401, 401], [200, 200, 401], [200, 200, 401], [401, 200, 200]]
    for secret, statuses in zip((given[0], given[1], given[1], given[2]), expected, strict=True):
        async with database.transaction() as session:
            await ensure_api_client(session, command=command, secret=secret, sealer=Sealer(SECRET_KEY), at=clock.now())
        assert [(await ask(call, one)).status_code for one in given] == statuses
