"""Issuers whose keys the tests hold: what they publish is counted, and may be slow or down."""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from shared import clock
from shared.auth.issuers import TrustedIssuer
from shared.settings import Issuer


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    """Return a token of these parts, whatever they are."""
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@dataclass
class FakeIssuer:
    """An issuer with one Ed25519 key."""

    name: str = "https://idp.test"
    kid: str = "known"
    reads: int = 0
    pause: float = 0.0
    error: Exception | None = None
    key: OKPKey = field(init=False)

    def __post_init__(self) -> None:
        self.key = OKPKey.generate_key("Ed25519", {"kid": self.kid, "alg": "Ed25519"})

    async def keys(self) -> dict[str, Any]:
        """Serve the key document."""
        self.reads += 1
        await asyncio.sleep(self.pause)
        if self.error:
            raise self.error
        return {"keys": [self.key.as_dict(private=False)]}

    def claims(self, **given: Any) -> dict[str, Any]:
        """Return sound claims with some of them replaced, or left out if they are ``None``."""
        now = int(clock.now().timestamp())
        body = {"iss": self.name, "aud": "xiangqiao", "sub": "somebody", "iat": now, "nbf": now, "exp": now + 60}
        body |= {"role": "rural_officer", "division": "513431000000"} | given
        return {name: value for name, value in body.items() if value is not None}

    def token(self, kid: str | None = "known", key: OKPKey | None = None, **given: Any) -> str:
        """Return a signed token."""
        header = {"alg": "Ed25519"} | ({"kid": kid} if kid else {})
        return jwt.encode(header, self.claims(**given), key or self.key, algorithms=["Ed25519"])

    def own(self) -> TrustedIssuer:
        """Return it as if it were registry itself."""
        return TrustedIssuer(self.name, "xiangqiao", ["Ed25519"], self.keys)

    def foreign(self, **settings: Any) -> TrustedIssuer:
        """Return it as the settings would name it."""
        named = Issuer(issuer=self.name, jwks_url="https://unused.test", **settings)
        return TrustedIssuer(self.name, "xiangqiao", ["Ed25519"], self.keys, named)
