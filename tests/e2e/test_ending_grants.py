"""An application acts for an office in all three services, and is out of all within a minute of the grant's end."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared import clock
from tests.e2e.test_disabling import READABLE
from tests.platform import Platform

pytestmark = pytest.mark.xdist_group("platform")
SCOPES = ["organizations.read", "demands.read", "pairings.read"]
OFFICE = {"client_id": "grants-office", "name": "x", "role": "rural_officer", "division": "513431000000"}
APPLICATION = {"client_id": "grants-application", "name": "x", "role": "partner_application"}


async def test_a_revoked_grant_ends_everywhere_within_a_minute(platform: Platform) -> None:
    registry = f"{platform.urls['registry']}/registry/v1"
    async with httpx.AsyncClient(timeout=30) as client:

        async def token(client_id: str, secret: str, **more: str) -> str:
            form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, **more}
            answer = await client.post(f"{registry}/tokens", data=form)
            return str(answer.raise_for_status().json()["access_token"])

        async def post(path: str, bearer: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
            headers = {"Authorization": f"Bearer {bearer}", "Idempotency-Key": f"grants-{time.monotonic_ns()}"}
            answer = await client.post(f"{registry}/{path}", json=body, headers=headers)
            assert answer.is_success, answer.text
            return dict(answer.json())

        async def statuses(bearer: str) -> set[int]:
            headers = {"Authorization": f"Bearer {bearer}"}
            asked = [client.get(platform.urls[one] + path, headers=headers) for one, path in READABLE.items()]
            return {answer.status_code for answer in await asyncio.gather(*asked)}

        administrator = await token("security-administrator", platform.secrets["security-administrator"])
        secrets = {
            new["client_id"]: (await post("api-clients", administrator, new))["client_secret"]
            for new in (OFFICE, APPLICATION)
        }
        second = await token("security-administrator-2", platform.secrets["security-administrator-2"])
        for name in secrets:
            await post(f"api-clients/{name}/activate", second)
        office = await token("grants-office", secrets["grants-office"])
        ends_at = (clock.now() + timedelta(days=30)).isoformat()
        body = {"client_id": "grants-application", "scopes": SCOPES, "ends_at": ends_at, "purpose": "县里的小程序"}
        grant_id = (await post("grants", office, body))["id"]
        acting = await token("grants-application", secrets["grants-application"], grant_id=grant_id)
        assert await statuses(acting) == {200}
        await post(f"grants/{grant_id}/revoke", office)
        begun = time.monotonic()
        while await statuses(acting) != {401}:
            assert time.monotonic() - begun < 60
            await asyncio.sleep(1)
        assert await statuses(office) == {200}
