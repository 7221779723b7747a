"""Subscriptions: an owner, an endpoint with its sealed secret, and the lease and breaker that its delivery needs."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Double, false, text
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.db import Base
from services.matching.subscriptions.errors import SubscriptionDisabled, SubscriptionNotSandbox
from services.matching.subscriptions.models.filters import CURRENT_PAYLOAD, OrderMode, PairingFilter
from services.matching.subscriptions.models.hearing import may_hear
from services.matching.subscriptions.models.owners import OwnerKind
from shared import clock
from shared.contracts.codes import Role
from shared.contracts.matching import DisabledReason
from shared.db import Identified

LONGEST_DOUBLING = 20
BURST = timedelta(seconds=1)
"""How far ahead of its rate an endpoint may be sent to."""


class SubscriptionStatus(StrEnum):
    """Whether anything is sent."""

    ACTIVE = "active"
    DISABLED = "disabled"


class BreakerState(StrEnum):
    """Whether an endpoint is tried at once (closed) or rests after many failures (open)."""

    CLOSED = "closed"
    OPEN = "open"


class Subscription(Base, Identified):
    """
    An endpoint that wants to hear of some events; also the row that a delivery worker leases.

    ``fencing_token`` grows with each lease, so that a worker that lost its lease cannot record anything.
    ``next_attempt_at`` is set while the endpoint rests. ``grant_id`` names the grant under which an application made it
    for somebody: nothing is sent after ``grant_ends_at``, nor what ``grant_scopes`` do not let it read. After a
    rotation the previous secret signs too, until ``previous_secret_until``. Before ``consented_at`` it is sent pings
    alone, and events wait. Where ``most_per_minute`` is set, ``paced_until`` is how far its sendings reach at that
    rate. A ``sandbox`` hears of nothing real.
    """

    __tablename__ = "subscriptions"
    unaudited_fields = frozenset({
        "breaker", "consecutive_failures", "next_attempt_at", "lease_until", "fencing_token", "paced_until",
        "failing_since"
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
    disabled_reason: Mapped[DisabledReason | None]
    failing_since: Mapped[datetime | None]
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
    filter_division: Mapped[str | None]
    filter_fields: Mapped[list[str] | None]
    filter_organization_id: Mapped[UUID | None]
    filter_score: Mapped[float | None] = mapped_column(Double())
    payload_version: Mapped[int] = mapped_column(default=CURRENT_PAYLOAD, server_default=text("1"))
    order_mode: Mapped[OrderMode] = mapped_column(default=OrderMode.PAIRING, server_default=text("'pairing'"))
    most_per_minute: Mapped[int | None]
    paced_until: Mapped[datetime | None]
    consented_at: Mapped[datetime | None]
    sandbox: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def filter(self) -> PairingFilter | None:
        """Return which pairings it wants, if it does not want all."""
        wanted = PairingFilter(self.filter_division, self.filter_fields, self.filter_organization_id, self.filter_score)
        return None if wanted == PairingFilter() else wanted

    def lease(self, *, until: datetime) -> int:
        """Give the endpoint to a worker and return the fencing token of this lease."""
        self.fencing_token += 1
        self.lease_until = until
        return self.fencing_token

    def rests(self, *, at: datetime) -> bool:
        """Tell whether the endpoint is not to be tried now."""
        return self.next_attempt_at is not None and self.next_attempt_at > at

    def is_paced(self, *, at: datetime) -> bool:
        """Tell whether sending now would be ahead of its rate by more than a moment."""
        return self.paced_until is not None and self.paced_until > at + BURST

    def note_sending(self, *, at: datetime) -> None:
        """Count a sending against its rate."""
        if self.most_per_minute:
            self.paced_until = max(self.paced_until or at, at) + timedelta(minutes=1) / self.most_per_minute

    def consent(self, *, at: datetime) -> None:
        """Send events from now on: the endpoint has repeated a challenge."""
        self.consented_at = self.consented_at or at

    def note_success(self) -> None:
        """Close the breaker: the endpoint answers."""
        self.consecutive_failures = 0
        self.failing_since = None
        self.breaker = BreakerState.CLOSED
        self.next_attempt_at = None

    def note_failure(
        self, *, at: datetime, failures_to_open: int, first_pause: timedelta, longest_pause: timedelta
    ) -> None:
        """Count a failure; from ``failures_to_open`` on the endpoint rests, each time twice as long."""
        self.consecutive_failures += 1
        self.failing_since = self.failing_since or at
        beyond = self.consecutive_failures - failures_to_open
        if beyond >= 0:
            self.breaker = BreakerState.OPEN
            pause = min(first_pause * 2 ** min(beyond, LONGEST_DOUBLING), longest_pause)
            self.rest(until=at + pause)

    def has_failed_for(self, period: timedelta, *, at: datetime) -> bool:
        """Tell whether nothing has succeeded since a failure so long ago."""
        return self.failing_since is not None and at - self.failing_since >= period

    def wake(self) -> None:
        """Try the endpoint at once: its owner says that it works."""
        self.next_attempt_at = None

    def rest(self, *, until: datetime) -> None:
        """Leave the endpoint alone for a while; a longer rest stays."""
        self.next_attempt_at = max(self.next_attempt_at or until, until)

    def is_served(self, *, at: datetime) -> bool:
        """Tell whether anything may be sent: it is active, and a grant that it hangs on has not ended."""
        return self.status is SubscriptionStatus.ACTIVE and (self.grant_ends_at is None or at < self.grant_ends_at)

    def hears(self, event_type: str) -> bool:
        """Tell whether an event may be sent: it is a sample, or a grant that it hangs on lets it be read."""
        return self.sandbox or self.grant_id is None or may_hear(event_type, self.grant_scopes or ())

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

    def disable(self, reason: DisabledReason, *, at: datetime) -> None:
        """Send nothing any more: the receiver is gone for good, or fails for long, or its grant has ended."""
        self.status = SubscriptionStatus.DISABLED
        self.disabled_at, self.disabled_reason = at, reason

    def enable(self, *, consented_at: datetime | None) -> None:
        """
        Send again what happens from now on; unless ``consented_at`` is given, once the endpoint has consented anew.

        :raises SubscriptionDisabled: if its grant has ended
        """
        if self.disabled_reason is DisabledReason.GRANT_ENDED:
            raise SubscriptionDisabled
        if self.status is SubscriptionStatus.DISABLED:
            self.status = SubscriptionStatus.ACTIVE
            self.disabled_at = self.disabled_reason = None
            self.consented_at = consented_at
            self.note_success()

    def check_sandbox(self) -> None:
        """
        Refuse to send samples among what is real.

        :raises SubscriptionNotSandbox: if it hears of what is real
        """
        if not self.sandbox:
            raise SubscriptionNotSandbox

    def check_active(self) -> None:
        """
        Refuse to send to a disabled subscription; one whose grant has ended is disabled in a moment.

        :raises SubscriptionDisabled: if it is disabled
        """
        if self.status is not SubscriptionStatus.ACTIVE:
            raise SubscriptionDisabled
