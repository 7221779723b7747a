"""A disabled client is out of all three services within a minute, with the token that it has."""

import asyncio
import time

import httpx
import pytest

from tests.platform import Platform

pytestmark = pytest.mark.xdist_group("platform")
READABLE = {
    "registry": "/registry/v1/organizations",
    "projects": "/projects/v1/demands",
    "matching": "/matching/v1/pairings",
}
NEW = {"client_id": "soon-disabled", "name": "x", "role": "provincial_officer"}


async def test_a_disabled_client_is_refused_everywhere_within_a_minute(platform: Platform) -> None:
    async with httpx.AsyncClient(timeout=30) as client:

        async def token(client_id: str, secret: str) -> str:
            form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
            answer = await client.post(f"{platform.urls['registry']}/registry/v1/tokens", data=form)
            return str(answer.raise_for_status().json()["access_token"])

        async def statuses(bearer: str) -> set[int]:
            headers = {"Authorization": f"Bearer {bearer}"}
            asked = [client.get(platform.urls[one] + path, headers=headers) for one, path in READABLE.items()]
            return {answer.status_code for answer in await asyncio.gather(*asked)}

        administrator = await token("security-administrator", platform.secrets["security-administrator"])
        headers = {"Authorization": f"Bearer {administrator}", "Idempotency-Key": "disable-somebody"}
        clients = f"{platform.urls['registry']}/registry/v1/api-clients"
        secret = (await client.post(clients, json=NEW, headers=headers)).raise_for_status().json()["client_secret"]
        second = await token("security-administrator-2", platform.secrets["security-administrator-2"])
        activating = headers | {"Authorization": f"Bearer {second}"}
        (await client.post(f"{clients}/soon-disabled/activate", headers=activating)).raise_for_status()
        bearer = await token("soon-disabled", secret)
        assert await statuses(bearer) == {200}
        (await client.post(f"{clients}/soon-disabled/disable", headers=headers)).raise_for_status()
        begun = time.monotonic()
        while await statuses(bearer) != {401}:
            assert time.monotonic() - begun < 60
            await asyncio.sleep(1)
