"""What one can do with deliveries."""

from services.matching.deliveries.actions.attempts import begin_attempt, end_lease, lease_endpoints, record_outcome
from services.matching.deliveries.actions.forgetting import forget_events
from services.matching.deliveries.actions.publishing import ping_subscription, publish_pairing_event, publish_run_event
from services.matching.deliveries.actions.redelivering import redeliver_delivery
from services.matching.deliveries.actions.sampling import send_samples
from services.matching.deliveries.actions.stopping import stop_ended_grants

__all__ = [
    "begin_attempt",
    "end_lease",
    "forget_events",
    "lease_endpoints",
    "ping_subscription",
    "publish_pairing_event",
    "publish_run_event",
    "record_outcome",
    "redeliver_delivery",
    "send_samples",
    "stop_ended_grants",
]
