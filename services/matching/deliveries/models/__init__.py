"""Events as they are sent, a delivery of each to every subscription that hears it, and how attempts come out."""

from services.matching.deliveries.models.attempts import Attempt, AttemptFault, Lease, Outcome
from services.matching.deliveries.models.audiences import Audience, scope_prefixes
from services.matching.deliveries.models.delivery import Delivery, DeliveryStatus
from services.matching.deliveries.models.events import ENDINGS, WITHDRAWN, PushEvent
from services.matching.deliveries.models.samples import make_sample

__all__ = [
    "ENDINGS",
    "WITHDRAWN",
    "Attempt",
    "AttemptFault",
    "Audience",
    "Delivery",
    "DeliveryStatus",
    "Lease",
    "Outcome",
    "PushEvent",
    "make_sample",
    "scope_prefixes",
]
