"""What one can do with subscriptions."""

import base64
import secrets
from collections.abc import Sequence
from uuid import UUID

from services.matching.subscriptions.errors import TooManySubscriptions
from services.matching.subscriptions.models import Network, Subscription, check_endpoint, owner_of
from services.matching.subscriptions.repository import SubscriptionRepository
from services.matching.subscriptions.schemas import SubscriptionCreate
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
    allowed_networks: Sequence[Network],
    most: int,
) -> tuple[Subscription, str]:
    """
    Create a subscription and return it with its secret (Standard Webhooks, ``whsec_…``), which is stored sealed.

    :raises EndpointNotAllowed: if nothing may be sent to the endpoint
    :raises TooManySubscriptions: if the owner has ``most`` already
    :raises OutOfScope: if the caller's token does not say which organization or office it is
    """
    owner = owner_of(by)
    endpoint = str(command.endpoint)
    check_endpoint(endpoint, allowed_networks)
    repository = SubscriptionRepository(session)
    if await repository.count_locked(owner) >= most:
        raise TooManySubscriptions(most=most)
    secret = secrets.token_bytes(SECRET_BYTES)
    subscription = Subscription(
        owner=owner.key,
        owner_kind=owner.kind,
        owner_role=by.role,
        organization_id=owner.organization_id,
        scope_prefix=owner.scope_prefix,
        endpoint=endpoint,
        event_types=list(dict.fromkeys(command.event_types)),
        description=command.description,
        secret_sealed=sealer.seal(secret, purpose=SECRET_PURPOSE),
        grant_id=by.grant.id if by.grant else None,
        grant_ends_at=by.grant.ends_at if by.grant else None,
        created_by=by.signature,
    )
    return await repository.add(subscription), SECRET_PREFIX + base64.b64encode(secret).decode()


async def delete_subscription(session: Session, *, subscription_id: UUID, by: Principal) -> None:
    """
    Delete a subscription of the caller's own; nothing is sent to it any more.

    :raises SubscriptionNotFound: if there is none
    """
    await SubscriptionRepository(session).delete(subscription_id, visible_to=by)
