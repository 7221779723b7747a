"""The subscription, whose it is, what it may hear, and where it may be sent to."""

from services.matching.subscriptions.models.destinations import Address, Destinations, Network
from services.matching.subscriptions.models.filters import CURRENT_PAYLOAD, OrderMode, PairingFilter
from services.matching.subscriptions.models.hearing import EVENT_TYPES, check_granted, may_hear, types_named
from services.matching.subscriptions.models.owners import Owner, OwnerKind, owner_of
from services.matching.subscriptions.models.subscription import BURST, BreakerState, Subscription, SubscriptionStatus

__all__ = [
    "BURST",
    "CURRENT_PAYLOAD",
    "EVENT_TYPES",
    "Address",
    "BreakerState",
    "Destinations",
    "Network",
    "OrderMode",
    "Owner",
    "OwnerKind",
    "PairingFilter",
    "Subscription",
    "SubscriptionStatus",
    "check_granted",
    "may_hear",
    "owner_of",
    "types_named",
]
