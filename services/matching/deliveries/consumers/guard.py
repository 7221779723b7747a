"""Judge every address that a webhook's name leads to before anything is connected, and connect to what was judged."""

import socket
from collections.abc import Callable, Iterable
from ipaddress import ip_address

import anyio
import httpcore
import httpx

from services.matching.subscriptions.models import Address

Admits = Callable[[Address, int], bool]
"""Tells whether anything may be sent to a port of an address."""


class AddressRefused(httpcore.ConnectError):
    """A name leads to no address to which anything may be sent."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """
    Resolves a name once, and connects to the admitted ones of its addresses alone, one after the other.

    The connection is made to the judged number, so a name that changes its mind (DNS rebinding) gains nothing, and an
    address that is not admitted never sees as much as a handshake. TLS still asks for the name.
    """

    def __init__(self, admits: Admits) -> None:
        self._admits = admits
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """
        Connect to a name or a number.

        :raises AddressRefused: if nothing may be sent to any of its addresses
        :raises httpcore.ConnectError: if none of them answers, or there is no such name
        :raises httpcore.ConnectTimeout: if that takes too long
        """
        try:
            with anyio.fail_after(timeout):
                addresses = [one for one in await _resolve(host, port) if self._admits(one, port)]
                failure: Exception = AddressRefused("no address to which anything may be sent")
                for left in range(len(addresses), 0, -1):
                    try:
                        return await self._network.connect_tcp(
                            str(addresses[-left]),
                            port,
                            # One dead address of several must not take the time of the others.
                            timeout=None if timeout is None else timeout / left,
                            local_address=local_address,
                            socket_options=socket_options,
                        )
                    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                        failure = error
                raise failure
        except TimeoutError:
            raise httpcore.ConnectTimeout("no connection in time") from None

    async def sleep(self, seconds: float) -> None:
        """Wait between two tries."""
        await self._network.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """The transport of httpx, whose connections a guard makes; it knows no proxy."""

    def __init__(self, admits: Admits, *, limits: httpx.Limits) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        # httpx has no parameter for the network of its pool.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=GuardedBackend(admits),
        )


async def _resolve(host: str, port: int) -> list[Address]:
    """Return the addresses of a name in the order in which the system would try them, each once."""
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError("there is no such name") from error
    return [ip_address(one) for one in dict.fromkeys(str(entry[4][0]) for entry in found)]
