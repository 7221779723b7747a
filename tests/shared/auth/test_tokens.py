"""Which tokens are believed, and how often keys are fetched to find out."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import OKPKey, RSAKey

from shared import clock
from shared.auth import issuers
from shared.auth.errors import TokenInvalid, TokenIssuerUnavailable
from shared.auth.issuers import TrustedIssuer, believed_issuers, fetch_over_http
from shared.auth.tokens import TokenVerifier
from shared.contracts.codes import Role
from shared.settings import CommonSettings, Issuer

ISSUER = "https://issuer.test"
KEY = OKPKey.generate_key("Ed25519", {"kid": "known", "alg": "Ed25519"})
STRANGER = OKPKey.generate_key("Ed25519", {"kid": "known", "alg": "Ed25519"})
Verify = Callable[[str], Awaitable[Any]]


class Keys:
    """A fake JWKS endpoint that counts how often it is read and may be down."""

    def __init__(self, *keys: Any) -> None:
        self.document: Any = {"keys": [key.as_dict(private=False) for key in keys]}
        self.reads = 0
        self.error: Exception | None = None

    async def __call__(self) -> dict[str, Any]:
        self.reads += 1
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        document: dict[str, Any] = self.document
        return document


def verifier(keys: Keys, algorithms: list[str] | None = None) -> TokenVerifier:
    return TokenVerifier([TrustedIssuer(ISSUER, "xiangqiao", algorithms or ["Ed25519"], keys)])


def token(key: Any = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    now = int(clock.now().timestamp())
    body = {"iss": ISSUER, "aud": "xiangqiao", "sub": "somebody", "iat": now, "nbf": now, "exp": now + 60}
    body |= {"role": "rural_officer", "division": "513431000000"} | claims
    given = {"alg": "Ed25519", "kid": "known"} | (header or {})
    claimed = {name: value for name, value in body.items() if value is not None}
    return jwt.encode(given, claimed, key, algorithms=[given["alg"]])


def unsigned(header: dict[str, Any], claims: bytes, signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), claims, signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


async def test_a_sound_token_tells_who_calls() -> None:
    organization = uuid4()
    principal = await verifier(Keys(KEY)).verify(token(organization_id=str(organization)))
    assert (principal.subject, principal.role, principal.division) == ("somebody", Role.RURAL_OFFICER, "513431000000")
    assert (principal.organization_id, principal.prefix) == (organization, "513431")
    assert (principal.acting_by, principal.scopes, principal.signature) == (None, None, "somebody")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.test"}, {"iss": None}, {"aud": "other"}, {"aud": None}, {"exp": 1}, {"exp": None},
        {"exp": "soon"}, {"nbf": 9_999_999_999}, {"iat": 9_999_999_999}, {"sub": None}, {"role": "king"},
        {"role": None}, {"role": ["rural_officer"]}, {"organization_id": "x"}, {"organization_id": 5}, {"act": "x"},
        {"act": [1]}, {"division": "51"}, {"division": 513431000000}, {"division": ""}, {"division": "51343100000٠"},
    ],
    ids=str,
)  # fmt: skip
async def test_a_token_with_a_wrong_claim_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        await verifier(Keys(KEY)).verify(token(**claims))


async def test_a_clock_a_few_seconds_off_does_no_harm() -> None:
    now = int(clock.now().timestamp())
    assert await verifier(Keys(KEY)).verify(token(nbf=now + 3, iat=now + 3))
    assert await verifier(Keys(KEY)).verify(token(exp=now - 3))


async def test_an_unsigned_token_is_refused() -> None:
    claims = json.dumps({"iss": ISSUER, "aud": "xiangqiao", "sub": "x", "exp": 9_999_999_999, "role": "service"})
    for algorithm in ("none", "None", "NONE", ""):
        keys = Keys(KEY)
        with pytest.raises(TokenInvalid):
            await verifier(keys).verify(unsigned({"alg": algorithm, "kid": "known"}, claims.encode()))
        assert keys.reads == 0


async def test_the_public_key_does_not_sign_as_a_shared_secret() -> None:
    raw = KEY.public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    pem = KEY.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = token().split(".")[1]
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"known"}').decode().rstrip("=")
    for secret in (raw, pem, str(KEY.as_dict(private=False)["x"]).encode()):
        signature = hmac.new(secret, f"{header}.{claims}".encode(), hashlib.sha256).digest()
        forged = f"{header}.{claims}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
        for algorithms in (["Ed25519"], ["Ed25519", "HS256"]):
            with pytest.raises(TokenInvalid):
                await verifier(Keys(KEY), algorithms).verify(forged)


async def test_a_key_of_the_same_name_from_a_stranger_proves_nothing() -> None:
    with pytest.raises(TokenInvalid):
        await verifier(Keys(KEY)).verify(token(STRANGER))


async def test_a_changed_claim_breaks_the_signature() -> None:
    head, body, signature = token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(claims | {"role": "service"}).encode()).decode().rstrip("=")
    with pytest.raises(TokenInvalid):
        await verifier(Keys(KEY)).verify(f"{head}.{changed}.{signature}")


@pytest.mark.parametrize(
    "malformed",
    [
        "", ".", "..", "a.b.c", "中文.a.b", "x" * 5000, unsigned({"alg": "Ed25519", "kid": "known"}, b"[]"),
        unsigned({"alg": "Ed25519", "kid": "known"}, b"["  * 5000), unsigned({"alg": "Ed25519"}, b"{}"),
        unsigned({"alg": "Ed25519", "kid": ["known"]}, json.dumps({"iss": ISSUER}).encode()),
    ],
    ids=range(10),
)  # fmt: skip
async def test_what_is_no_token_is_refused(malformed: str) -> None:
    with pytest.raises(TokenInvalid):
        await verifier(Keys(KEY)).verify(malformed)


async def test_a_thousand_tokens_with_unknown_keys_cost_one_fetch() -> None:
    keys = Keys(KEY)
    check = verifier(keys)
    await check.verify(token())
    forged = [token(STRANGER, {"kid": f"unknown-{number}"}) for number in range(1000)]
    results = await asyncio.gather(*[check.verify(one) for one in forged], return_exceptions=True)
    assert {type(one) for one in results} == {TokenInvalid}
    assert keys.reads == 1


async def test_a_new_key_is_fetched_once_when_the_cool_down_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys(KEY)
    check = verifier(keys)
    await check.verify(token())
    new = OKPKey.generate_key("Ed25519", {"kid": "new", "alg": "Ed25519"})
    keys.document = Keys(KEY, new).document
    fresh = token(new, {"kid": "new"})
    with pytest.raises(TokenInvalid):
        await check.verify(fresh)
    monkeypatch.setattr(issuers, "COOL_DOWN_SECONDS", 0.0)
    monkeypatch.setattr(issuers, "RETRY_SECONDS", 0.0)
    assert len(await asyncio.gather(*[check.verify(fresh) for _ in range(50)])) == 50
    assert keys.reads == 2


async def test_an_issuer_that_is_down_is_asked_again_soon_but_not_by_everybody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = Keys(KEY)
    keys.error = httpx.ConnectError("down")
    check = verifier(keys)
    results = await asyncio.gather(*[check.verify(token()) for _ in range(100)], return_exceptions=True)
    assert {type(one) for one in results} == {TokenIssuerUnavailable}
    assert keys.reads == 1
    keys.error = None
    monkeypatch.setattr(issuers, "RETRY_SECONDS", 0.0)
    assert await check.verify(token())
    assert keys.reads == 2


async def test_known_keys_serve_on_while_the_issuer_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys(KEY)
    check = verifier(keys)
    await check.verify(token())
    monkeypatch.setattr(issuers, "COOL_DOWN_SECONDS", 0.0)
    keys.error = OSError("down")
    with pytest.raises(TokenInvalid):
        await check.verify(token(STRANGER, {"kid": "unknown"}))
    assert await check.verify(token())
    assert keys.reads == 2


@pytest.mark.parametrize("document", [None, [], {}, {"keys": None}, {"keys": "x"}])
async def test_a_document_that_is_no_key_set_is_as_if_the_issuer_were_down(document: Any) -> None:
    keys = Keys()
    keys.document = document
    with pytest.raises(TokenIssuerUnavailable):
        await verifier(keys).verify(token())


async def test_a_key_of_an_unknown_kind_is_passed_over() -> None:
    keys = Keys(KEY)
    keys.document["keys"] = [
        {"kty": "new"},
        {"kty": "OKP"},
        {"kty": "oct", "k": "eA"},
        {},
        "x",
        None,
        *keys.document["keys"],
    ]
    assert await verifier(keys).verify(token())


async def test_a_province_may_plug_in_its_own_issuer() -> None:
    rsa = RSAKey.generate_key(2048, {"kid": "rsa"}, auto_kid=False)
    check = verifier(Keys(rsa), ["RS256"])
    assert await check.verify(token(rsa, {"alg": "RS256", "kid": "rsa"}))
    with pytest.raises(TokenInvalid):
        await check.verify(token())


def test_the_settings_name_the_issuers_that_are_believed() -> None:
    other = Issuer(issuer="https://idp.test", jwks_url="https://idp.test/keys", algorithms=["RS256"], audience="xq")
    common = CommonSettings(secret_key="x" * 32, issuers=[other])  # type: ignore[arg-type]
    named = [(one.issuer, one.audience, one.algorithms) for one in believed_issuers(common)]
    assert named == [(common.issuer, "xiangqiao", ["Ed25519"]), ("https://idp.test", "xq", ["RS256"])]


async def test_the_keys_are_read_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"keys": []}) if request.url.path == "/keys" else httpx.Response(500)

    real = httpx.AsyncClient
    monkeypatch.setattr(httpx, "AsyncClient", lambda **given: real(transport=httpx.MockTransport(answer), **given))
    assert await fetch_over_http("http://idp.test/keys")() == {"keys": []}
    with pytest.raises(httpx.HTTPStatusError):
        await fetch_over_http("http://idp.test/none")()
