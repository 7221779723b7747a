"""The issuers that are believed, and their public keys, which are fetched rarely and served on while one is down."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, import_key

from shared.auth.errors import TokenIssuerUnavailable
from shared.settings import CommonSettings, Issuer

COOL_DOWN_SECONDS = 30.0
RETRY_SECONDS = 2.0
FRESH_SECONDS = 300.0
FETCH_SECONDS = 5.0
ASYMMETRIC = {"OKP", "EC", "RSA"}
ALGORITHM = "Ed25519"  # of registry's own tokens
AUDIENCE = "xiangqiao"
FetchKeys = Callable[[], Awaitable[dict[str, Any]]]


@dataclass
class TrustedIssuer:
    """
    An issuer that is believed, with the algorithms that are believed of it.

    ``foreign`` says how its claims are read; ``None`` is registry itself, whose claims are the platform's own.
    """

    issuer: str
    audience: str
    algorithms: list[str]
    fetch: FetchKeys
    foreign: Issuer | None = None
    keys: KeySet | None = None
    fetched_at: float = float("-inf")
    failed_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _refreshing: asyncio.Task[None] | None = None

    async def key_set(self, kid: str | None) -> KeySet | None:
        """
        Return the keys if ``kid`` is among them; for an unknown one fetch them, at most once in the cool-down.

        Without a ``kid`` an issuer other than registry is believed if it has one key only (OpenID Connect Core 10.1).

        :raises TokenIssuerUnavailable: if they were never read and cannot be read now
        """
        if self.keys is None or not (kid is None or self._knows(kid)):
            async with self.lock:
                if self.keys is None or not (kid is None or self._knows(kid)):
                    await self._fetch()
        elif time.monotonic() - self.fetched_at >= FRESH_SECONDS and self._may_fetch() and not self.lock.locked():
            # Known keys serve on meanwhile; a key that the issuer withdrew is forgotten by this.
            self._refreshing = asyncio.create_task(self._refresh())
        if self.keys is None:
            raise TokenIssuerUnavailable
        known = self._knows(kid) if kid is not None else self.foreign is not None and len(self.keys.keys) == 1
        return self.keys if known else None

    def _knows(self, kid: str) -> bool:
        return self.keys is not None and any(key.kid == kid for key in self.keys.keys)

    async def _refresh(self) -> None:
        async with self.lock:
            await self._fetch()

    async def _fetch(self) -> None:
        if not self._may_fetch():
            return
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                self.keys = _read_keys(await self.fetch())
            self.fetched_at = time.monotonic()
        except (httpx.HTTPError, OSError, ValueError):
            self.failed_at = time.monotonic()

    def _may_fetch(self) -> bool:
        """Tell whether the cool-down is over; a failure is tried again soon, but not by every request."""
        now = time.monotonic()
        return now - self.fetched_at >= COOL_DOWN_SECONDS and now - self.failed_at >= RETRY_SECONDS


def _read_keys(document: Any) -> KeySet:
    """
    Read a JWKS document; a key of a kind that is not known here, or not for signatures, is passed over.

    :raises ValueError: if it is no JWKS document
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("not a JWKS document")
    keys = []
    for one in listed:
        if isinstance(one, dict) and one.get("kty") in ASYMMETRIC and one.get("use", "sig") == "sig":
            with suppress(JoseError, ValueError, KeyError, TypeError):
                keys.append(import_key(one))
    return KeySet(keys)


def fetch_over_http(url: str) -> FetchKeys:
    """Return a reader of the JWKS document at ``url`` (5 s at most)."""

    async def fetch() -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=FETCH_SECONDS) as client:
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
        TrustedIssuer(one.issuer, one.audience, list(one.algorithms), fetch_over_http(one.jwks_url), one)
        for one in common.issuers
    ]
