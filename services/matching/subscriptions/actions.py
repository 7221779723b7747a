"""What one can do with subscriptions."""

import base64
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.matching.subscriptions.errors import TooManySubscriptions
from services.matching.subscriptions.models import (
    Destinations,
    Subscription,
    check_granted,
    owner_of,
)
from services.matching.subscriptions.repository import SubscriptionRepository
from services.matching.subscriptions.schemas import SubscriptionCreate, WantedPairings
from shared.auth.principals import Principal
from shared.db import Session
from shared.sealing import Sealer

SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105  # pragma: allowlist secret
SECRET_PURPOSE = "webhook secret"  # noqa: S105  # pragma: allowlist secret


async def create_subscription(
    session: Session,
    *,
    command: SubscriptionCreate,
    by: Principal,
    sealer: Sealer,
    destinations: Destinations,
    most: int,
    consented_at: datetime | None,
) -> tuple[Subscription, str]:
    """
    Create a subscription and return it with its secret (Standard Webhooks, ``whsec_…``), which is stored sealed.

    Its endpoint still has to consent, unless ``consented_at`` says that it need not.

    :raises EventTypesNotGranted: if a grant does not let the application read what an event type tells of
    :raises EndpointNotAllowed: if nothing may be sent to the endpoint
    :raises TooManySubscriptions: if the owner has ``most`` already
    :raises OutOfScope: if the caller's token does not say which organization or office it is
    """
    owner = owner_of(by)
    if by.scopes is not None and not command.sandbox:
        check_granted(command.event_types, by.scopes)
    endpoint = str(command.endpoint)
    destinations.check(endpoint)
    repository = SubscriptionRepository(session)
    if await repository.count_locked(owner) >= most:
        raise TooManySubscriptions(most=most)
    sealed, shown = _new_secret(sealer)
    subscription = Subscription(
        owner=owner.key,
        owner_kind=owner.kind,
        owner_role=by.role,
        organization_id=owner.organization_id,
        scope_prefix=owner.scope_prefix,
        endpoint=endpoint,
        event_types=list(dict.fromkeys(command.event_types)),
        description=command.description,
        **_filter_columns(command.filter or WantedPairings()),
        payload_version=command.payload_version,
        order_mode=command.order_mode,
        most_per_minute=command.most_per_minute,
        sandbox=command.sandbox,
        consented_at=consented_at,
        secret_sealed=sealed,
        grant_id=by.grant.id if by.grant else None,
        grant_ends_at=by.grant.ends_at if by.grant else None,
        grant_scopes=sorted(by.grant.scopes) if by.grant else None,
        created_by=by.signature,
    )
    return await repository.add(subscription), shown


async def rotate_subscription_secret(
    session: Session, *, subscription_id: UUID, by: Principal, sealer: Sealer, overlap: timedelta, at: datetime
) -> tuple[Subscription, str]:
    """
    Give a subscription of the caller's own a new secret and return both; the one until now signs too for ``overlap``.

    :raises SubscriptionNotFound: if there is none
    :raises SubscriptionDisabled: if it is disabled
    """
    subscription = await SubscriptionRepository(session).get(subscription_id, visible_to=by, for_update=True)
    sealed, shown = _new_secret(sealer)
    subscription.rotate_secret(sealed, at=at, overlap=overlap)
    await session.flush()
    return subscription, shown


async def enable_subscription(
    session: Session, *, subscription_id: UUID, by: Principal, consented_at: datetime | None
) -> Subscription:
    """
    Enable a subscription of the caller's own that was disabled since its endpoint was gone or failed.

    :raises SubscriptionNotFound: if there is none
    :raises SubscriptionDisabled: if its grant has ended
    """
    subscription = await SubscriptionRepository(session).get(subscription_id, visible_to=by, for_update=True)
    subscription.enable(consented_at=consented_at)
    await session.flush()
    return subscription


async def forget_previous_secrets(session: Session, *, at: datetime) -> int:
    """Forget the secrets that sign no more since a rotation, and return how many."""
    rotated = await SubscriptionRepository(session).lock_rotated(before=at)
    for subscription in rotated:
        subscription.forget_previous_secret()
    await session.flush()
    return len(rotated)


async def delete_subscription(session: Session, *, subscription_id: UUID, by: Principal) -> None:
    """
    Delete a subscription of the caller's own; nothing is sent to it any more.

    :raises SubscriptionNotFound: if there is none
    """
    await SubscriptionRepository(session).delete(subscription_id, visible_to=by)


def _filter_columns(wanted: WantedPairings) -> dict[str, Any]:
    return {
        "filter_division": wanted.division,
        "filter_fields": wanted.fields and [field.value for field in wanted.fields],
        "filter_organization_id": wanted.organization_id,
        "filter_score": wanted.minimum_score,
    }


def _new_secret(sealer: Sealer) -> tuple[str, str]:
    """Return a new secret sealed, and as its owner is shown it."""
    secret = secrets.token_bytes(SECRET_BYTES)
    return sealer.seal(secret, purpose=SECRET_PURPOSE), SECRET_PREFIX + base64.b64encode(secret).decode()
