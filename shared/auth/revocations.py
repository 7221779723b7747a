"""The tokens that are refused before they end: of disabled clients, revoked secrets, ended grants, read every 15 s."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from shared.contracts.registry import RevocationList
from shared.logs import describe_failure

logger = logging.getLogger(__name__)
POLL_SECONDS = 15.0
ReadRevocations = Callable[[], Awaitable[RevocationList]]


class Revocations:
    """
    What registry has revoked, as this process knows it.

    While registry cannot be asked the last list stands; no request waits for it.
    """

    def __init__(self, read: ReadRevocations) -> None:
        self._read = read
        self._clients: frozenset[str] = frozenset()
        self._secrets: frozenset[str] = frozenset()
        self._grants: frozenset[str] = frozenset()

    def cover(self, claims: dict[str, Any]) -> bool:
        """Tell whether a token of registry with these claims was revoked."""
        return (
            claims.get("sub") in self._clients
            or claims.get("act", {}).get("sub") in self._clients
            or claims.get("secret_id") in self._secrets
            or claims.get("grant_id") in self._grants
        )

    async def refresh(self) -> None:
        """Read the list once."""
        revoked = await self._read()
        self._clients, self._secrets = frozenset(revoked.clients), frozenset(map(str, revoked.secrets))
        self._grants = frozenset(map(str, revoked.grants))

    async def follow(self) -> None:
        """Read the list again and again until cancelled."""
        while True:
            try:
                await self.refresh()
            except Exception as error:
                logger.warning("the revoked tokens cannot be read", extra=describe_failure(error))
            await asyncio.sleep(POLL_SECONDS)


def read_over_http(get: Callable[[str], Awaitable[httpx.Response]]) -> ReadRevocations:
    """Return a reader of registry's list through a client that sends the service's own token."""

    async def read() -> RevocationList:
        return RevocationList.model_validate((await get("/v1/revocations")).json())

    return read
