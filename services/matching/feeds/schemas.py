"""What each reader is shown of a pairing's events: a party what webhooks would tell it, the public the outcome."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from services.matching.deliveries.models import Audience, scope_prefixes
from services.matching.pairings.models import Announcement, Pairing
from services.matching.pairings.schemas import make_payload
from services.matching.subscriptions.models import Owner, OwnerKind, may_hear, owner_of
from shared import clock
from shared.auth.principals import Principal
from shared.china.divisions import scope_prefix
from shared.contracts.codes import PairingStatus, Role
from shared.contracts.events import CloudEvent, FeedChange
from shared.contracts.matching import OUTCOME_CHANGED, PAIRING_EVENTS, OutcomeSnapshot, pairing_event
from shared.feed.changes import as_change

DEMAND_SIDE = {Role.RURAL_OFFICER, Role.VILLAGE_EDITOR, Role.PROVINCIAL_OFFICER}
PAIRING_TYPES = frozenset(map(pairing_event, PAIRING_EVENTS))
ON_HOLD = pairing_event("on_hold")
PUBLIC_STATES = (PairingStatus.CONFIRMED, PairingStatus.STARTED, PairingStatus.COMPLETED)
OUTCOMES = frozenset(map(pairing_event, ("confirmed", "started", "completed", "fell_through")))
"""What the public hears of; each of them makes the ones before worthless."""
COUNTY_DIGITS = 6


def hears(by: Principal, owner: Owner, event_type: str, audience: Audience) -> bool:
    """Tell whether a party hears an event: as a subscription that it owns would (``find_listeners`` of deliveries)."""
    if by.grant and not may_hear(event_type, by.grant.scopes):
        return False
    # What was never shown is nobody's business but the offices' that may release it.
    is_hidden = event_type == ON_HOLD and not audience.sides_know
    if owner.kind is OwnerKind.ORGANIZATION:
        return not is_hidden and owner.organization_id == audience.organization_id
    if owner.kind is not OwnerKind.OFFICE or (is_hidden and by.grant):
        return False
    demand_side = {Role.PROVINCIAL_OFFICER} if is_hidden else DEMAND_SIDE
    if by.role in demand_side and owner.scope_prefix in scope_prefixes(audience.demand_division):
        return True
    return by.role is Role.CIVIL_AFFAIRS_OFFICER and owner.scope_prefix in scope_prefixes(audience.record_division)


@dataclass(frozen=True)
class Wanted:
    """Which pairings and event types a reader wants; without any, all that it may be shown."""

    division: str | None = None
    fields: Collection[str] = ()
    types: Collection[str] = ()

    def covers(self, event_type: str, division: str, fields: Collection[str] | None) -> bool:
        """Tell whether an event is wanted: by division and fields as the reader is shown them; unknown ones may be."""
        return (
            (not self.types or event_type in self.types)
            and (not self.division or division.startswith(scope_prefix(self.division)))
            and (not self.fields or fields is None or bool(set(self.fields) & set(fields)))
        )


@dataclass(frozen=True)
class PartyView:
    """What a party, or an application that acts for one, is shown: what webhooks would tell it, with the same data."""

    by: Principal
    owner: Owner
    wanted: Wanted

    @classmethod
    def of(cls, by: Principal, wanted: Wanted) -> "PartyView":
        """
        Return the view of a caller.

        :raises OutOfScope: if an organization's or office's token does not say which one it is
        """
        return cls(by, owner_of(by), wanted)

    def show(self, event: CloudEvent) -> FeedChange | None:
        """Return an event under the id, type and data of its webhook, if this reader hears of it."""
        if event.type not in PAIRING_TYPES:
            return None
        announced = Announcement.model_validate(event.data)
        if not self.wanted.covers(event.type, announced.payload["demand_division"], announced.demand_fields):
            return None
        if not any(hears(self.by, self.owner, one.event_type, one.audience) for one in announced.heard_by):
            return None
        return as_change(event, event.type, announced.payload)


@dataclass(frozen=True)
class PublicView:
    """What everybody of the business is shown: which demand and supply came together, in which county."""

    wanted: Wanted

    def show(self, event: CloudEvent) -> FeedChange | None:
        """Return the outcome that an event tells of; what fell through is to be forgotten."""
        if event.type not in OUTCOMES:
            return None
        announced = Announcement.model_validate(event.data)
        told: dict[str, Any] = announced.payload
        county = str(told["demand_division"])[:COUNTY_DIGITS].ljust(12, "0")
        if not self.wanted.covers(OUTCOME_CHANGED, county, announced.demand_fields):
            return None
        if told["status"] not in PUBLIC_STATES:
            return as_change(event, OUTCOME_CHANGED, None)
        outcome = OutcomeSnapshot.model_validate(
            told | {"demand_division": county, "demand_fields": announced.demand_fields or ()}
        )
        return as_change(event, OUTCOME_CHANGED, outcome.model_dump(mode="json"))


def as_present_event(pairing: Pairing) -> CloudEvent:
    """Return the newest event of a pairing whose history is loaded, as a reader that starts again needs it."""
    newest = pairing.history[-1]
    return CloudEvent(
        id=f"snapshot-{pairing.id}-{pairing.version}",
        source="/matching",
        type=pairing_event(newest.happened),
        subject=str(pairing.id),
        time=clock.now(),
        aggregateversion=pairing.version,
        reason="snapshot",
        data=Announcement.of(pairing, newest.happened, make_payload(pairing, newest)).model_dump(mode="json"),
    )
