"""``make rotate-data-key`` on a real database, beside a replica that knows both keys."""

import asyncio
import base64
import json
import subprocess
import sys
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select

from services.registry.api_clients.models import ApiClient
from services.registry.main import create_app
from services.registry.settings import Settings
from services.registry.tokens.models import SigningKey
from shared.db import Database
from shared.settings import CommonSettings, DataKey
from shared.testing import SECRET_KEY, Call
from tests.registry.clients import make_client

FIRST, SECOND = (
    {"id": f"2026-{number}", "secret": base64.b64encode(bytes([number]) * 32).decode()} for number in (1, 2)
)


def replica(database: Database, *keys: dict[str, str]) -> FastAPI:
    common = CommonSettings(secret_key=SecretStr(SECRET_KEY), data_keys=[DataKey(**key) for key in keys])
    settings = Settings(database_url=SecretStr(database.url), client_secret=SecretStr("unused"))
    return create_app(settings, common, database=database)


async def kid_of_token(app: FastAPI, client: dict[str, Any]) -> str:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as caller:
        answer = await caller.post(
            "/registry/v1/tokens",
            data={"grant_type": "client_credentials"},
            auth=(client["client_id"], client["client_secret"]),
        )
    assert answer.status_code == 200, answer.text
    header = answer.json()["access_token"].split(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(header + "=="))["kid"])


async def rotate(database: Database, *keys: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "REGISTRY_DATABASE_URL": database.url,
        "XIANGQIAO_SECRET_KEY": SECRET_KEY,
        "XIANGQIAO_DATA_KEYS": json.dumps(keys),
    }
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.registry", "reseal"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


async def marks(database: Database) -> set[str]:
    async with database.transaction() as session:
        sealed = (await session.execute(select(SigningKey.sealed_private_jwk))).scalars()
        return {one.rsplit(".", 1)[0] for one in sealed}


async def test_replicas_go_on_signing_while_the_key_is_changed(live_database: Database, live_call: Call) -> None:
    body = {"client_id": "partner-app", "name": "伙伴应用", "role": "partner_application"}
    client = await make_client(live_call, body)
    before = replica(live_database)
    kid = await kid_of_token(before, client)
    both = replica(live_database, FIRST)
    assert await kid_of_token(both, client) == kid
    done = await rotate(live_database, FIRST)
    assert done.returncode == 0, done.stderr
    assert await marks(live_database) == {"aesgcm.2026-1"}
    assert await kid_of_token(both, client) == kid
    assert (await rotate(live_database, FIRST)).returncode == 0
    lost = await rotate(live_database, SECOND)
    assert lost.returncode != 0
    assert "XIANGQIAO_DATA_KEYS" in lost.stderr
    assert await marks(live_database) == {"aesgcm.2026-1"}
    assert (await rotate(live_database, SECOND, FIRST)).returncode == 0
    assert await kid_of_token(replica(live_database, SECOND), client) == kid
    for output in (done, lost):
        assert FIRST["secret"] not in output.stdout + output.stderr
    async with live_database.transaction() as session:
        assert (await session.execute(select(ApiClient.client_id))).scalars().all() == ["partner-app"]
