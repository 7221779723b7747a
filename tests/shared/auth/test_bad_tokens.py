"""Bad tokens over HTTP: each is a 401 problem that says how to come in, and none brings an issuer down."""

import asyncio
import base64
import hashlib
import hmac
import time

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared import clock
from shared.auth import issuers
from shared.auth.errors import TokenInvalid
from shared.auth.issuers import COOL_DOWN_SECONDS
from shared.auth.tokens import TokenVerifier
from shared.db import Database
from shared.settings import CommonSettings
from tests.platform import FAULTS
from tests.shared.auth.issuing import FakeIssuer, unsigned
from tests.shared.tiny_app import build_tiny

THINGS = "/tiny/v1/things"


def signed_with_the_public_key(issuer: FakeIssuer) -> str:
    """Return an HS256 token whose shared secret is the issuer's public key in PEM."""
    secret = issuer.key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body, _ = unsigned({"alg": "HS256", "kid": "known"}, issuer.claims()).split(".")
    signature = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def bad_tokens(issuer: FakeIssuer) -> dict[str, str]:
    now = int(clock.now().timestamp())
    sound = issuer.token()
    return {
        "malformed": "x.y.z",
        "no parts": "x",
        "truncated": sound[:-10],
        "without signature": sound.rpartition(".")[0] + ".",
        "alg none": unsigned({"alg": "none", "kid": "known"}, issuer.claims()),
        "HS256 with the public key": signed_with_the_public_key(issuer),
        "wrong aud": issuer.token(aud="other"),
        "future nbf": issuer.token(nbf=now + 600),
        "expired": issuer.token(exp=now - 60),
        "unknown kid": issuer.token(kid="unknown", key=FakeIssuer().key),
        "foreign issuer": issuer.token(iss="https://nobody.test"),
    }


@pytest.mark.parametrize("name", list(bad_tokens(FakeIssuer())))
@pytest.mark.parametrize("foreign", [False, True], ids=["registry", "province"])
async def test_a_bad_token_is_a_401_problem(tiny: Database, common: CommonSettings, name: str, foreign: bool) -> None:
    issuer = FakeIssuer()
    app = build_tiny(tiny, common, TokenVerifier([issuer.foreign() if foreign else issuer.own()]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        sound = await client.get(THINGS, headers={"Authorization": f"Bearer {issuer.token()}"})
        bad = await client.get(THINGS, headers={"Authorization": f"Bearer {bad_tokens(issuer)[name]}"})
    assert (sound.status_code, bad.status_code) == (200, 401)
    assert bad.headers["content-type"] == "application/problem+json"
    assert bad.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert bad.json()["type"] == "/tiny/problems/token-invalid"
    assert "somebody" not in bad.text
    assert issuer.reads == 1


async def test_ten_thousand_requests_with_unknown_keys_cost_the_issuer_two_reads_at_most(
    tiny: Database, common: CommonSettings
) -> None:
    issuer, began = FakeIssuer(pause=0.05), time.monotonic()
    unlimited, verifier = common.model_copy(update={"requests_per_address": 0}), TokenVerifier([issuer.foreign()])
    # The key is looked for before the signature is looked at: one signature serves for all.
    signed = issuer.token(kid="unknown", key=FakeIssuer().key).partition(".")[2]
    transport = httpx.ASGITransport(build_tiny(tiny, unlimited, verifier))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

        async def ask(number: int) -> int:
            head = unsigned({"alg": "Ed25519", "kid": f"unknown-{number}"}, {}).partition(".")[0]
            if FAULTS or number % 10 == 0:
                return (await client.get(THINGS, headers={"Authorization": f"Bearer {head}.{signed}"})).status_code
            # Only the verifier asks the issuer: most go to it without the rest of a request.
            with pytest.raises(TokenInvalid) as refused:
                await verifier.verify(f"{head}.{signed}")
            return refused.value.status

        for start in range(0, 10_000, 200):
            answers = await asyncio.gather(*[ask(number) for number in range(start, start + 200)])
            assert set(answers) == {401}
        known = await client.get(THINGS, headers={"Authorization": f"Bearer {issuer.token()}"})
    assert known.status_code == 200
    # One at the start, and one each time the cool-down is over.
    assert issuer.reads <= 2 + (time.monotonic() - began) // COOL_DOWN_SECONDS


async def test_known_keys_serve_on_while_the_issuer_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = FakeIssuer()
    verifier = TokenVerifier([issuer.own()])
    await verifier.verify(issuer.token())
    monkeypatch.setattr(issuers, "COOL_DOWN_SECONDS", 0.0)
    monkeypatch.setattr(issuers, "FETCH_SECONDS", 0.5)
    issuer.pause = 3600.0
    waiting = asyncio.create_task(verifier.verify(issuer.token(kid="unknown", key=FakeIssuer().key)))
    await asyncio.sleep(0.01)
    begun = time.monotonic()
    for _ in range(20):
        assert await verifier.verify(issuer.token())
    assert time.monotonic() - begun < 0.4
    assert not waiting.done()
    with pytest.raises(TokenInvalid):
        await waiting
    assert issuer.reads == 2


async def test_a_key_that_the_issuer_withdrew_is_forgotten_without_anybody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issuer = FakeIssuer()
    verifier = TokenVerifier([issuer.own()])
    leaked = issuer.token()
    await verifier.verify(leaked)
    issuer.key = FakeIssuer(kid="new").key
    for name in ("FRESH_SECONDS", "COOL_DOWN_SECONDS"):
        monkeypatch.setattr(issuers, name, 0.0)
    assert await verifier.verify(leaked)
    await asyncio.sleep(0.05)
    with pytest.raises(TokenInvalid):
        await verifier.verify(leaked)
