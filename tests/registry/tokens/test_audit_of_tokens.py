"""Who was given which power, and every token given out or refused, stands in the audit log, without a secret."""

from typing import Any

import pytest
from fastapi import FastAPI

from services.registry.tokens.routes import SCOPE
from shared.audit.models import AuditEntry
from shared.contracts.codes import Role
from shared.db import Database
from shared.rate_limits import RateLimits
from shared.settings import CommonSettings
from shared.testing import Call
from tests.registry.clients import ask_for_token, make_client
from tests.registry.records import ZHAOJUE, add_divisions
from tests.shared.audit.log import entries_of

NEW = {"client_id": "zhaojue-rural", "name": "昭觉县农业农村局", "role": "rural_officer", "division": ZHAOJUE}


@pytest.fixture
async def client(live_database: Database, live_call: Call, live_app: FastAPI) -> dict[str, Any]:
    """Give a client on a database whose app role may only insert into the log; the recorder knows no other test."""
    await add_divisions(live_database, ZHAOJUE)
    live_app.state.refusals.counted.clear()
    live_app.state.refusals.kinds.clear()
    return await make_client(live_call, NEW)


async def refusals_of(app: FastAPI, database: Database) -> list[AuditEntry]:
    await app.state.refusals.write(database)
    return [entry for entry in await entries_of(database) if entry.result == "refused"]


async def test_the_audit_administrator_reads_which_role_and_division_were_given_and_by_whom(
    live_call: Call, client: dict[str, Any]
) -> None:
    asked = {"object_type": "api_clients", "object_id": client["id"]}
    answer = await live_call(Role.AUDIT_ADMINISTRATOR).get("/registry/v1/audit-entries", params=asked)
    activated, created = answer.json()["items"]
    assert {"client_id=zhaojue-rural", "role=rural_officer", f"division={ZHAOJUE}"} <= set(created["fields"])
    assert (created["subject"], activated["subject"]) == (
        f"test-{Role.SECURITY_ADMINISTRATOR}",
        "second-security-administrator",
    )
    assert activated["fields"] == ["activated_at", "activated_by"]
    assert "昭觉县农业农村局" not in answer.text


async def test_a_token_given_out_leaves_one_entry_that_names_the_client_and_where_it_came_from(
    live_database: Database, live_call: Call, client: dict[str, Any]
) -> None:
    answer = await ask_for_token(live_call, "zhaojue-rural", client["client_secret"])
    [entry] = [entry for entry in await entries_of(live_database) if entry.object_type == SCOPE]
    assert (entry.subject, entry.action, entry.effect, entry.result) == (
        "zhaojue-rural", "issue_token", "created", "done",
    )  # fmt: skip
    assert entry.client_address
    assert entry.fields == ["role=rural_officer", f"secret_id={client['secrets'][0]['id']}"]
    told = " ".join(str(value) for value in vars(entry).values())
    assert client["client_secret"] not in told
    assert answer.json()["access_token"] not in told


async def test_refused_credentials_leave_an_entry_that_names_the_client_if_there_is_one_and_no_secret(
    live_database: Database, live_app: FastAPI, live_call: Call, client: dict[str, Any]
) -> None:
    for name, secret in (("zhaojue-rural", "a-wrong-secret"), ("13800000000-as-a-name", "a-wrong-secret")):
        assert (await ask_for_token(live_call, name, secret)).status_code == 401
    known, unknown = await refusals_of(live_app, live_database)
    assert (known.reason, known.object_id, known.action) == ("client-not-recognised", client["id"], "issue_token")
    assert (unknown.reason, unknown.object_id) == ("client-not-recognised", None)
    told = " ".join(str(value) for one in (known, unknown) for value in vars(one).values())
    assert "a-wrong-secret" not in told
    assert "13800000000" not in told


async def test_a_flood_of_refused_credentials_meets_the_quota_first_and_leaves_one_entry(
    live_database: Database,
    live_app: FastAPI,
    live_call: Call,
    client: dict[str, Any],
    common: CommonSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    narrow = RateLimits(common.model_copy(update={"requests_per_address": 3}))
    monkeypatch.setattr(live_app.state, "rate_limits", narrow)
    answers = [await ask_for_token(live_call, "zhaojue-rural", f"guess-{number}") for number in range(20)]
    assert [answer.status_code for answer in answers] == [401] * 3 + [429] * 17
    [entry] = await refusals_of(live_app, live_database)
    assert (entry.object_id, entry.times) == (client["id"], 3)
