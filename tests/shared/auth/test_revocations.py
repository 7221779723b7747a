"""Tokens that registry revoked are refused, and a registry that is away holds nobody up."""

import asyncio
from uuid import uuid4

import httpx
import pytest

from shared.auth import revocations
from shared.auth.errors import TokenRevoked
from shared.auth.revocations import Revocations, read_over_http
from shared.auth.tokens import TokenVerifier
from shared.contracts.registry import RevocationList
from shared.testing import granted
from tests.shared.auth.issuing import FakeIssuer


class Registry:
    """What registry says is revoked; it may be down."""

    def __init__(self) -> None:
        self.revoked = RevocationList(clients=[], secrets=[])
        self.down = False
        self.asked = 0

    async def read(self) -> RevocationList:
        self.asked += 1
        if self.down:
            raise httpx.ConnectError("down")
        return self.revoked


async def test_the_list_is_followed_while_the_application_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocations, "POLL_SECONDS", 0.01)
    registry, issuer, other = Registry(), FakeIssuer(), FakeIssuer("https://other.test")
    verifier = TokenVerifier([issuer.own(), other.foreign()], Revocations(registry.read))
    secret = uuid4()
    by_client, by_secret = issuer.token(sub="gone"), issuer.token(sub="stays", secret_id=str(secret))
    grant = uuid4()
    by_grant = issuer.token(sub="stays", **granted("pairings.read") | {"grant_id": str(grant)})
    by_application = issuer.token(sub="stays", **granted(application="gone") | {"grant_id": str(uuid4())})
    async with verifier.following():
        for standing in (by_client, by_secret, by_grant, by_application):
            assert await verifier.verify(standing)
        registry.revoked = RevocationList(clients=["gone"], secrets=[secret], grants=[grant])
        await asyncio.sleep(0.1)
        for revoked in (by_client, by_secret, by_grant, by_application):
            with pytest.raises(TokenRevoked):
                await verifier.verify(revoked)
        assert await verifier.verify(issuer.token(sub="stays", secret_id=str(uuid4())))
        assert await verifier.verify(other.token(sub="gone")), "a namesake elsewhere"
        registry.down, asked = True, registry.asked
        await asyncio.sleep(0.1)
        assert registry.asked > asked
        with pytest.raises(TokenRevoked):
            await verifier.verify(by_client)
    asked = registry.asked
    await asyncio.sleep(0.05)
    assert registry.asked == asked


async def test_the_list_is_read_over_http() -> None:
    secret = uuid4()

    async def get(path: str) -> httpx.Response:
        assert path == "/v1/revocations"
        return httpx.Response(200, json={"clients": ["gone"], "secrets": [str(secret)]})

    assert await read_over_http(get)() == RevocationList(clients=["gone"], secrets=[secret])
