"""Check access tokens of the believed issuers against their public keys, which are fetched rarely."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, import_key
from joserfc.jws import extract_compact

from shared import clock
from shared.auth.errors import TokenInvalid, TokenIssuerUnavailable
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.settings import CommonSettings

COOL_DOWN_SECONDS = 30.0
RETRY_SECONDS = 2.0
ASYMMETRIC = {"OKP", "EC", "RSA"}
DIVISION = re.compile("[1-9][0-9]{11}")
LEEWAY_SECONDS = 5
ALGORITHM = "Ed25519"  # of registry's own tokens
AUDIENCE = "xiangqiao"
FetchKeys = Callable[[], Awaitable[dict[str, Any]]]


@dataclass
class TrustedIssuer:
    """An issuer that is believed, with the algorithms that are believed of it."""

    issuer: str
    audience: str
    algorithms: list[str]
    fetch: FetchKeys
    keys: KeySet | None = None
    fetched_at: float = float("-inf")
    failed_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def key_set(self, kid: str) -> KeySet | None:
        """
        Return the keys if ``kid`` is among them; fetch them at most once in the cool-down.

        :raises TokenIssuerUnavailable: if they were never read and cannot be read now
        """
        if self._knows(kid):
            return self.keys
        async with self.lock:
            if not self._knows(kid) and self._may_fetch():
                try:
                    self.keys = _read_keys(await self.fetch())
                    self.fetched_at = time.monotonic()
                except (httpx.HTTPError, OSError, ValueError):
                    self.failed_at = time.monotonic()
        if self.keys is None:
            raise TokenIssuerUnavailable
        return self.keys if self._knows(kid) else None

    def _knows(self, kid: str) -> bool:
        return self.keys is not None and any(key.kid == kid for key in self.keys.keys)

    def _may_fetch(self) -> bool:
        """Tell whether the cool-down is over; a failure is tried again soon, but not by every request."""
        now = time.monotonic()
        return now - self.fetched_at >= COOL_DOWN_SECONDS and now - self.failed_at >= RETRY_SECONDS


def _read_keys(document: Any) -> KeySet:
    """
    Read a JWKS document; a key of a kind that is not known here is passed over.

    :raises ValueError: if it is no JWKS document
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("not a JWKS document")
    keys = []
    for one in listed:
        if isinstance(one, dict) and one.get("kty") in ASYMMETRIC:
            with suppress(JoseError, ValueError, KeyError, TypeError):
                keys.append(import_key(one))
    return KeySet(keys)


class TokenVerifier:
    """Turns an access token into the principal it stands for."""

    def __init__(self, issuers: list[TrustedIssuer]) -> None:
        self._issuers = {issuer.issuer: issuer for issuer in issuers}

    async def verify(self, token: str) -> Principal:
        """
        Check signature, issuer, audience and times of a token, and return its principal.

        :raises TokenInvalid: if anything about it is wrong
        :raises TokenIssuerUnavailable: if its issuer's keys were never read and cannot be read now
        """
        header, claims = _peek(token)
        issuer = self._issuers.get(str(claims.get("iss")))
        if issuer is None or header.get("alg") not in issuer.algorithms or not isinstance(header.get("kid"), str):
            raise TokenInvalid
        keys = await issuer.key_set(header["kid"])
        if keys is None:
            raise TokenInvalid
        try:
            checked = jwt.decode(token, keys, algorithms=issuer.algorithms).claims
            _registry(issuer).validate(checked)
            return _principal(checked)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError):
            raise TokenInvalid from None


def _registry(issuer: TrustedIssuer) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=int(clock.now().timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer.issuer},
        aud={"essential": True, "value": issuer.audience},
        exp={"essential": True},
        sub={"essential": True},
    )


def _peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        parts = extract_compact(token.encode("ascii"))
        claims = json.loads(parts.payload)
        if not isinstance(claims, dict):
            raise TypeError
        return dict(parts.headers()), claims
    except (JoseError, ValueError, TypeError, RecursionError):
        raise TokenInvalid from None


def _principal(claims: dict[str, Any]) -> Principal:
    organization, division = claims.get("organization_id"), claims.get("division")
    actor = claims.get("act") or {}
    if division is not None and not DIVISION.fullmatch(division):
        raise ValueError("no 12-digit division")
    return Principal(
        subject=str(claims["sub"]),
        role=Role(claims["role"]),
        division=division,
        organization_id=UUID(organization) if organization else None,
        acting_for=actor.get("sub"),
    )


def fetch_over_http(url: str) -> FetchKeys:
    """Return a reader of the JWKS document at ``url`` (5 s at most)."""

    async def fetch() -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=5.0) as client:
            response = await client.get(url)
            response.raise_for_status()
            document: dict[str, Any] = response.json()
            return document

    return fetch


def believed_issuers(common: CommonSettings) -> list[TrustedIssuer]:
    """Return registry and the issuers that the settings name, each with its keys read over HTTP."""
    registry = TrustedIssuer(common.issuer, AUDIENCE, [ALGORITHM], fetch_over_http(f"{common.registry_url}/v1/jwks"))
    return [registry, *configured_issuers(common)]


def configured_issuers(common: CommonSettings) -> list[TrustedIssuer]:
    """Return the issuers believed beside registry, such as a province's identity provider."""
    return [
        TrustedIssuer(one.issuer, one.audience, list(one.algorithms), fetch_over_http(one.jwks_url))
        for one in common.issuers
    ]
