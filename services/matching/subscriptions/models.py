"""Subscriptions: an owner, an endpoint with its sealed secret, and the lease and breaker that its delivery needs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.matching.db import Base
from services.matching.subscriptions.errors import EndpointNotAllowed, EventTypesNotGranted, SubscriptionDisabled
from shared import clock
from shared.auth.errors import OutOfScope
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.contracts.matching import READ_BY
from shared.contracts.scopes import SCOPE_OF_ACTION
from shared.db import Identified

EVENT_TYPES = tuple(READ_BY)
"""What one can subscribe to; what other parts of the platform push is added when they do."""
LONGEST_DOUBLING = 20
NAT64 = IPv6Network("64:ff9b::/96")
UNICAST = IPv6Network("2000::/3")
"""All that IANA has given out for global unicast; what lies outside leads elsewhere, or to an IPv4 address inside."""
NOWHERE = (
    IPv6Network("2001::/23"),  # protocol assignments, Teredo among them
    IPv6Network("2002::/16"),  # 6to4: an IPv4 address inside
    IPv6Network("2001:db8::/32"),
    IPv6Network("3fff::/20"),  # documentation
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
)
Network = IPv4Network | IPv6Network


class OwnerKind(StrEnum):
    """Who a subscription belongs to."""

    ORGANIZATION = "organization"
    OFFICE = "office"
    APPLICATION = "application"


class SubscriptionStatus(StrEnum):
    """Whether anything is sent."""

    ACTIVE = "active"
    DISABLED = "disabled"


class BreakerState(StrEnum):
    """Whether an endpoint is tried at once (closed) or rests after many failures (open)."""

    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True)
class Owner:
    """Who owns a subscription; ``key`` is the same for all clients of one organization, office or application."""

    key: str
    kind: OwnerKind
    scope_prefix: str | None = None
    organization_id: UUID | None = None


def owner_of(principal: Principal) -> Owner:
    """
    Return the owner that a caller's subscriptions belong to.

    An office is a role under a division: two departments of one county do not share. What an application makes for
    somebody belongs to both: to the application as long as it acts for this grantor.

    :raises OutOfScope: if an organization's or office's token does not say which one it is
    """
    if principal.grant:
        # It hears what the grantor hears, and is no business of the grantor's own.
        own = owner_of(replace(principal, grant=None))
        return replace(own, key=f"application:{principal.signature}")
    if principal.role is Role.PARTNER_APPLICATION:
        return Owner(f"application:{principal.subject}", OwnerKind.APPLICATION)
    if principal.role is Role.ORGANIZATION and principal.organization_id:
        organization_id = principal.organization_id
        return Owner(f"organization:{organization_id}", OwnerKind.ORGANIZATION, organization_id=organization_id)
    if principal.prefix is not None:
        prefix = principal.prefix
        return Owner(f"office:{principal.role.value}:{prefix}", OwnerKind.OFFICE, scope_prefix=prefix)
    raise OutOfScope


def may_be_sent_to(address: IPv4Address | IPv6Address, allowed: Sequence[Network], *, scheme: str) -> bool:
    """Tell whether webhooks may go to an address: by https to public ones, by either scheme to allowed networks."""
    if any(address in network for network in allowed):
        return True
    if isinstance(address, IPv6Address) and address in NAT64:
        return may_be_sent_to(IPv4Address(address.packed[-4:]), (), scheme=scheme)
    if scheme != "https" or not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv6Address) and address not in UNICAST:
        return False
    return not any(address in network for network in NOWHERE)


def check_endpoint(endpoint: str, allowed: Sequence[Network]) -> None:
    """
    Refuse an endpoint that can never be sent to; names are resolved, and judged again, at each sending.

    :raises EndpointNotAllowed: if its address is not allowed, or it uses http while no network is allowed
    """
    parts = urlsplit(endpoint)
    try:
        fits = may_be_sent_to(ip_address(parts.hostname or ""), allowed, scheme=parts.scheme)
    except ValueError:
        fits = parts.scheme == "https" or bool(allowed)
    if not fits:
        raise EndpointNotAllowed(pointer="/endpoint")


def types_named(pattern: str) -> list[str]:
    """Return the event types that a pattern names: one, or those under a prefix that ends in ``.*``."""
    if pattern.endswith(".*"):
        return [event_type for event_type in EVENT_TYPES if event_type.startswith(pattern[:-1])]
    return [event_type for event_type in EVENT_TYPES if event_type == pattern]


def may_hear(event_type: str, scopes: Collection[str]) -> bool:
    """Tell whether a grant with these scopes lets an application read what an event tells of."""
    action = READ_BY[event_type]
    return action is None or SCOPE_OF_ACTION.get(action) in scopes


def check_granted(patterns: Sequence[str], scopes: Collection[str]) -> None:
    """
    Refuse to subscribe to what the grant does not let an application read.

    :raises EventTypesNotGranted: if the scope that reads it is missing for any event type that a pattern names
    """
    lacking = [one for pattern in patterns for one in types_named(pattern) if not may_hear(one, scopes)]
    if lacking:
        missing = {SCOPE_OF_ACTION.get(READ_BY[one] or "", f"{one} -") for one in lacking}
        raise EventTypesNotGranted(pointer="/event_types", missing=", ".join(sorted(missing)))


class Subscription(Base, Identified):
    """
    An endpoint that wants to hear of some events; also the row that a delivery worker leases.

    ``fencing_token`` grows with each lease, so that a worker that lost its lease cannot record anything.
    ``next_attempt_at`` is set while the endpoint rests. ``grant_id`` names the grant under which an application made it
    for somebody: nothing is sent after ``grant_ends_at``, nor what ``grant_scopes`` do not let it read. After a
    rotation the previous secret signs too, until ``previous_secret_until``.
    """

    __tablename__ = "subscriptions"
    unaudited_fields = frozenset({
        "breaker", "consecutive_failures", "next_attempt_at", "lease_until", "fencing_token"
    })  # fmt: skip

    owner: Mapped[str] = mapped_column(index=True)
    owner_kind: Mapped[OwnerKind]
    owner_role: Mapped[Role]
    organization_id: Mapped[UUID | None] = mapped_column(index=True)
    scope_prefix: Mapped[str | None] = mapped_column(index=True)
    endpoint: Mapped[str]
    event_types: Mapped[list[str]]
    description: Mapped[str]
    secret_sealed: Mapped[str]
    status: Mapped[SubscriptionStatus] = mapped_column(default=SubscriptionStatus.ACTIVE)
    disabled_at: Mapped[datetime | None]
    breaker: Mapped[BreakerState] = mapped_column(default=BreakerState.CLOSED)
    consecutive_failures: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    fencing_token: Mapped[int] = mapped_column(default=0)
    grant_id: Mapped[UUID | None] = mapped_column(index=True)
    grant_ends_at: Mapped[datetime | None]
    grant_scopes: Mapped[list[str] | None]
    previous_secret_sealed: Mapped[str | None]
    previous_secret_until: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    def lease(self, *, until: datetime) -> int:
        """Give the endpoint to a worker and return the fencing token of this lease."""
        self.fencing_token += 1
        self.lease_until = until
        return self.fencing_token

    def rests(self, *, at: datetime) -> bool:
        """Tell whether the endpoint is not to be tried now."""
        return self.next_attempt_at is not None and self.next_attempt_at > at

    def note_success(self) -> None:
        """Close the breaker: the endpoint answers."""
        self.consecutive_failures = 0
        self.breaker = BreakerState.CLOSED
        self.next_attempt_at = None

    def note_failure(
        self, *, at: datetime, failures_to_open: int, first_pause: timedelta, longest_pause: timedelta
    ) -> None:
        """Count a failure; from ``failures_to_open`` on the endpoint rests, each time twice as long."""
        self.consecutive_failures += 1
        beyond = self.consecutive_failures - failures_to_open
        if beyond >= 0:
            self.breaker = BreakerState.OPEN
            pause = min(first_pause * 2 ** min(beyond, LONGEST_DOUBLING), longest_pause)
            self.rest(until=at + pause)

    def rest(self, *, until: datetime) -> None:
        """Leave the endpoint alone for a while; a longer rest stays."""
        self.next_attempt_at = max(self.next_attempt_at or until, until)

    def is_served(self, *, at: datetime) -> bool:
        """Tell whether anything may be sent: it is active, and a grant that it hangs on has not ended."""
        return self.status is SubscriptionStatus.ACTIVE and (self.grant_ends_at is None or at < self.grant_ends_at)

    def hears(self, event_type: str) -> bool:
        """Tell whether an event may be sent: a grant that it hangs on, if any, lets the application read the same."""
        return self.grant_id is None or may_hear(event_type, self.grant_scopes or ())

    def rotate_secret(self, sealed: str, *, at: datetime, overlap: timedelta) -> None:
        """
        Sign with a new secret, and for a while with the one until now too; one from before that ends.

        :raises SubscriptionDisabled: if it is disabled
        """
        self.check_active()
        self.previous_secret_sealed, self.previous_secret_until = self.secret_sealed, at + overlap
        self.secret_sealed = sealed

    def forget_previous_secret(self) -> None:
        """Keep only the secret of the last rotation."""
        self.previous_secret_sealed = self.previous_secret_until = None

    def secrets_at(self, at: datetime) -> tuple[str, ...]:
        """Return the sealed secrets that sign at an instant, the newest first."""
        if self.previous_secret_sealed and self.previous_secret_until and at < self.previous_secret_until:
            return (self.secret_sealed, self.previous_secret_sealed)
        return (self.secret_sealed,)

    def disable(self, *, at: datetime) -> None:
        """Send nothing any more: the receiver said that it is gone for good, or its grant has ended."""
        self.status = SubscriptionStatus.DISABLED
        self.disabled_at = self.disabled_at or at

    def check_active(self) -> None:
        """
        Refuse to send to a disabled subscription; one whose grant has ended is disabled in a moment.

        :raises SubscriptionDisabled: if it is disabled
        """
        if self.status is not SubscriptionStatus.ACTIVE:
            raise SubscriptionDisabled
