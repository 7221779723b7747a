"""How often a caller may ask: each client by its token, and whoever has none by the network address."""

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil
from time import time

from fastapi import Request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import MutableHeaders

from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.errors import Text, TooManyRequests
from shared.settings import CommonSettings

WINDOW_SECONDS = 60


def network_of(address: str) -> str:
    """
    Return by what an address counts: an IPv6 address by its /64, in which its subscriber chooses as it likes.

    An IPv4 address counts for itself, in whichever form it comes, and so does what is no address.
    """
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        if known.ipv4_mapped:
            return str(known.ipv4_mapped)
        return str(IPv6Network((int(known), 64), strict=False))
    return str(known)


class AskedTooOften(TooManyRequests):
    """The caller asked more often than it may."""

    title = Text("请求过于频繁", "Too many requests")
    remedy = Text(
        "请在 {retry_after} 秒后重试;批量读取请用更大的分页或变更流。",
        "Try again in {retry_after} seconds; to read much, use larger pages or the feed.",
    )


@dataclass(frozen=True)
class Standing:
    """What is left to a caller of its quota in the present window."""

    policy: str
    quota: int
    remaining: int
    reset_seconds: int

    def write(self, headers: MutableHeaders) -> None:
        """Tell the caller, in the fields of the IETF's draft-ietf-httpapi-ratelimit-headers."""
        headers["RateLimit-Policy"] = f'"{self.policy}";q={self.quota};w={WINDOW_SECONDS}'
        headers["RateLimit"] = f'"{self.policy}";r={self.remaining};t={self.reset_seconds}'


class RateLimits:
    """
    The counters of one process, over a window that slides.

    Each process counts for itself: with several replicas a client gets as many quotas. A gateway before them bounds
    the whole.
    """

    def __init__(self, common: CommonSettings) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._quotas = {"client": common.requests_per_client, "address": common.requests_per_address}

    async def count_client(self, request: Request, principal: Principal) -> None:
        """
        Count a request of a known client; services among themselves are not limited.

        :raises AskedTooOften: if its quota is used up
        """
        if principal.role is not Role.SERVICE:
            await self._count(request, "client", principal.asking_client)

    async def count_address(self, request: Request) -> None:
        """
        Count a request without a valid token by its address, of IPv6 by the network that one subscriber is given.

        :raises AskedTooOften: if the quota of the address is used up
        """
        await self._count(request, "address", network_of(request.client.host) if request.client else "unknown")

    async def _count(self, request: Request, policy: str, key: str) -> None:
        item = self._item(policy)
        if item is None:
            return
        within = await self._limiter.hit(item, key)
        stats = await self._limiter.get_window_stats(item, key)
        reset_seconds = max(1, ceil(stats.reset_time - time()))
        request.state.rate_limit = Standing(policy, self._quotas[policy], stats.remaining, reset_seconds)
        if not within:
            raise AskedTooOften(retry_after=reset_seconds)

    def _item(self, policy: str) -> RateLimitItem | None:
        quota = self._quotas[policy]
        return RateLimitItemPerMinute(quota, namespace=policy) if quota else None
