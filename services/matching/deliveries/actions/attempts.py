"""The two transactions around an attempt, and the lease that keeps one worker at an endpoint."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.matching.deliveries.actions.stopping import disable_endpoint
from services.matching.deliveries.models import Attempt, AttemptFault, Lease, Outcome
from services.matching.deliveries.repository import DeliveryRepository, EndpointRepository
from services.matching.settings import Settings
from services.matching.subscriptions.models import Subscription
from shared.contracts.matching import DisabledReason
from shared.db import Session

JITTER = 0.1
_random = secrets.SystemRandom()


def _lasts(settings: Settings) -> timedelta:
    return timedelta(seconds=settings.push_timeout_seconds + settings.push_lease_margin_seconds)


def _spread(seconds: Sequence[float]) -> list[timedelta]:
    return [timedelta(seconds=delay * _random.uniform(1, 1 + JITTER)) for delay in seconds]


async def lease_endpoints(session: Session, *, most: int, settings: Settings) -> list[Lease]:
    """Lease at most ``most`` endpoints that have something due and are held by no other worker."""
    return await EndpointRepository(session).lease_endpoints(most=most, lasts=_lasts(settings))


async def begin_attempt(session: Session, *, lease: Lease, settings: Settings, at: datetime) -> Attempt | None:
    """
    Return what is to be sent next to a leased endpoint, counted as an attempt; if there is nothing, end the lease.

    What tells of a pairing that was withdrawn since is superseded instead, and what a grant does not let its
    application read is given up.

    :raises LeaseLost: if the lease is not this worker's any more
    """
    repository = EndpointRepository(session)
    endpoint = await repository.hold_endpoint(lease, lasts=_lasts(settings))
    while endpoint.is_served(at=at) and not endpoint.is_paced(at=at):
        delivery = await repository.find_next(endpoint, at=at)
        if delivery is None:
            break
        if not endpoint.hears(delivery.event_type):
            delivery.give_up()
            await session.flush()
            continue
        if await DeliveryRepository(session).is_withdrawn(delivery):
            delivery.supersede()
            await session.flush()
            continue
        delivery.begin_attempt(at=at)
        endpoint.note_sending(at=at)
        event = delivery.event
        # What was asked of an endpoint that has consented since is asked no more.
        challenge = None if endpoint.consented_at else event.challenge
        return Attempt(delivery.id, event.id, event.body, endpoint.endpoint, endpoint.secrets_at(at), challenge)
    endpoint.lease_until = at
    return None


async def end_lease(session: Session, *, lease: Lease, settings: Settings, at: datetime) -> None:
    """
    Leave an endpoint to other workers.

    :raises LeaseLost: if the lease is not this worker's any more
    """
    endpoint = await EndpointRepository(session).hold_endpoint(lease, lasts=_lasts(settings))
    endpoint.lease_until = at


async def record_outcome(
    session: Session, *, lease: Lease, delivery_id: UUID, outcome: Outcome, settings: Settings, at: datetime
) -> None:
    """
    Record what came of an attempt at the delivery and its endpoint.

    :raises LeaseLost: if the lease is not this worker's any more; then another one sends it again
    """
    repository = EndpointRepository(session)
    endpoint = await repository.hold_endpoint(lease, lasts=_lasts(settings))
    delivery = await repository.get_leased(delivery_id)
    # Whoever has not consented is asked once each time that the owner wants it, and no more.
    delays = settings.push_retry_seconds if endpoint.consented_at else settings.push_retry_seconds[:1]
    delivery.note(outcome, at=at, retry_delays=_spread(delays))
    if outcome.fault is None:
        if outcome.consented:
            endpoint.consent(at=at)
        endpoint.note_success()
        return
    _note_failure(endpoint, outcome, settings=settings, at=at)
    is_gone = outcome.fault is AttemptFault.GONE
    # A failure now and then, with nothing to send between them, is no failing endpoint.
    fails_again = endpoint.consecutive_failures >= settings.push_breaker_failures
    has_failed = is_gone or (
        fails_again and endpoint.has_failed_for(timedelta(hours=settings.push_disable_hours), at=at)
    )
    # While this was on its way its grant may have ended, and stays the reason.
    if has_failed and endpoint.is_served(at=at):
        reason = DisabledReason.GONE if is_gone else DisabledReason.FAILING
        await disable_endpoint(session, endpoint=endpoint, reason=reason, at=at)


def _note_failure(endpoint: Subscription, outcome: Outcome, *, settings: Settings, at: datetime) -> None:
    endpoint.note_failure(
        at=at,
        failures_to_open=settings.push_breaker_failures,
        first_pause=timedelta(seconds=settings.push_breaker_seconds),
        longest_pause=timedelta(seconds=settings.push_breaker_most_seconds),
    )
    if outcome.retry_after:
        endpoint.rest(until=at + outcome.retry_after)
