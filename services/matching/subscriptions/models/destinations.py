"""Where webhooks may go: to which addresses, ports and schemes, in whatever spelling they come."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Self
from urllib.parse import urlsplit

from services.matching.settings import Settings
from services.matching.subscriptions.errors import EndpointNotAllowed

NAT64 = IPv6Network("64:ff9b::/96")
UNICAST = IPv6Network("2000::/3")
"""All that IANA has given out for global unicast; what lies outside leads elsewhere, or to an IPv4 address inside."""
NOWHERE = (
    IPv6Network("2001::/23"),  # protocol assignments, Teredo among them
    IPv6Network("2002::/16"),  # 6to4: an IPv4 address inside
    IPv6Network("2001:db8::/32"),
    IPv6Network("3fff::/20"),  # documentation
    IPv4Network("192.0.0.0/24"),  # protocol assignments, and the inner services of a cloud
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
    IPv4Network("168.63.129.16/32"),  # the inner services of a cloud, at a public address
)
PORTS = {"http": 80, "https": 443}
Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Destinations:
    """
    The networks beside the Internet to which webhooks may go, by http too, and the ports here and there.

    Without ``ports`` every port is allowed on the Internet, without ``network_ports`` every one within the networks.
    """

    networks: Sequence[Network] = ()
    ports: Sequence[int] = ()
    network_ports: Sequence[int] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what the operators allow."""
        return cls(settings.push_allowed_networks, settings.push_allowed_ports, settings.push_allowed_network_ports)

    def admits(self, address: Address, port: int, *, scheme: str) -> bool:
        """Tell whether webhooks may go to an address: by https to public ones, by either scheme to the networks."""
        inside = any(address in network for network in self.networks)
        ports = self.network_ports if inside else self.ports
        return (inside or _is_public(address, scheme)) and (not ports or port in ports)

    def check(self, endpoint: str) -> None:
        """
        Refuse an endpoint that can never be sent to; names are resolved, and judged again, at each sending.

        :raises EndpointNotAllowed: if its address or port is not allowed, or it uses http while no network is allowed
        """
        parts = urlsplit(endpoint)
        port = parts.port or (0 if parts.port == 0 else PORTS[parts.scheme])
        try:
            fits = self.admits(ip_address(parts.hostname or ""), port, scheme=parts.scheme)
        except ValueError:
            fits = self._may_fit(port, parts.scheme)
        if not fits:
            raise EndpointNotAllowed(pointer="/endpoint")

    def _may_fit(self, port: int, scheme: str) -> bool:
        """Tell whether a name could lead to anything allowed."""
        outside = scheme == "https" and (not self.ports or port in self.ports)
        return outside or (bool(self.networks) and (not self.network_ports or port in self.network_ports))


def _is_public(address: Address, scheme: str) -> bool:
    if isinstance(address, IPv6Address) and address in NAT64:
        return _is_public(IPv4Address(address.packed[-4:]), scheme)
    if scheme != "https" or not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv6Address) and address not in UNICAST:
        return False
    return not any(address in network for network in NOWHERE)
