"""Check access tokens of the believed issuers, and tell who calls."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from shared import clock
from shared.auth.claims import read_foreign_claims, read_own_claims
from shared.auth.errors import TokenInvalid, TokenRevoked
from shared.auth.issuers import TrustedIssuer
from shared.auth.principals import Principal
from shared.auth.revocations import Revocations

LEEWAY_SECONDS = 5


class TokenVerifier:
    """Turns an access token into the principal it stands for."""

    def __init__(self, issuers: list[TrustedIssuer], revocations: Revocations | None = None) -> None:
        self._issuers = {issuer.issuer: issuer for issuer in issuers}
        self._revocations = revocations

    async def verify(self, token: str) -> Principal:
        """
        Check signature, issuer, audience and times of a token, and return its principal.

        :raises TokenInvalid: if anything about it is wrong
        :raises TokenRevoked: if its client was disabled or the secret that it was got with was revoked
        :raises TokenIssuerUnavailable: if its issuer's keys were never read and cannot be read now
        """
        header, claims = _peek(token)
        issuer = self._issuers.get(str(claims.get("iss")))
        kid = header.get("kid")
        if issuer is None or header.get("alg") not in issuer.algorithms or not (kid is None or isinstance(kid, str)):
            raise TokenInvalid
        keys = await issuer.key_set(kid)
        if keys is None:
            raise TokenInvalid
        try:
            checked = jwt.decode(token, keys, algorithms=issuer.algorithms).claims
            _registry(issuer).validate(checked)
            principal = read_foreign_claims(checked, issuer.foreign) if issuer.foreign else read_own_claims(checked)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError):
            raise TokenInvalid from None
        if self._revocations and not issuer.foreign and self._revocations.cover(checked):
            raise TokenRevoked
        return principal

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Keep the list of revoked tokens current for as long as the application lives."""
        if self._revocations is None:
            yield
            return
        follower = asyncio.create_task(self._revocations.follow())
        try:
            yield
        finally:
            follower.cancel()
            with suppress(asyncio.CancelledError):
                await follower


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
