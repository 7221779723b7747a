"""What one can do with deliveries."""

from services.matching.deliveries.actions.attempts import begin_attempt, end_lease, lease_endpoints, record_outcome
from services.matching.deliveries.actions.forgetting import forget_events, forget_logs
from services.matching.deliveries.actions.publishing import ping_subscription, publish_pairing_event, publish_run_event
from services.matching.deliveries.actions.reading import measure_subscription, read_delivery
from services.matching.deliveries.actions.redelivering import redeliver_delivery, redeliver_range
from services.matching.deliveries.actions.sampling import send_samples
from services.matching.deliveries.actions.stopping import stop_ended_grants

__all__ = [
    "begin_attempt",
    "end_lease",
    "forget_events",
    "forget_logs",
    "lease_endpoints",
    "measure_subscription",
    "ping_subscription",
    "publish_pairing_event",
    "publish_run_event",
    "read_delivery",
    "record_outcome",
    "redeliver_delivery",
    "redeliver_range",
    "send_samples",
    "stop_ended_grants",
]
