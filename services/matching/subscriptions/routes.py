"""HTTP of subscriptions."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.matching.permissions import SubscriptionKeeper
from services.matching.settings import Settings
from services.matching.subscriptions import actions
from services.matching.subscriptions.models import Destinations, Subscription
from services.matching.subscriptions.repository import SubscriptionRepository
from services.matching.subscriptions.schemas import (
    SubscriptionCreate,
    SubscriptionRead,
    SubscriptionWithSecret,
    show_with_secret,
)
from shared import clock
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.paging import Page, PageRequest, Slice, page_request

router = APIRouter(prefix="/matching/v1", tags=["subscriptions 订阅"], route_class=IdempotentRoute)


@router.post("/subscriptions", status_code=201, dependencies=[RememberAnswer])
async def create_subscription(
    command: SubscriptionCreate, request: Request, session: RequestSession, by: SubscriptionKeeper
) -> SubscriptionWithSecret:
    """
    Create a subscription (订阅); the secret of its signatures is in this answer and nowhere else.

    Organizations hear of their own pairings; agricultural offices and village editors of pairings of demands within
    their division; civil affairs offices of pairings of organizations whose record they keep; provincial officers of
    all, and of finished runs. A pairing on hold that its sides have not seen is told to civil affairs and provincial
    officers only. With a token of their own partner applications hear of no pairing, and receive pings; under a grant
    they hear what the grantor hears, until the grant ends, of what the grant's scopes let them read: events of pairings
    need `pairings.read`.

    Events wait until the endpoint consents: `POST /matching/v1/subscriptions/{subscription_id}/ping` sends it a
    challenge (握手校验) that it repeats in its answer. A `sandbox` (沙箱) hears of nothing real.
    """
    settings: Settings = request.app.state.settings
    subscription, secret = await actions.create_subscription(
        session,
        command=command,
        by=by,
        sealer=request.app.state.sealer,
        destinations=Destinations.of(settings),
        most=settings.subscriptions_per_owner,
        consented_at=None if settings.push_consent else clock.now(),
    )
    return show_with_secret(subscription, secret)


@router.post("/subscriptions/{subscription_id}/rotate-secret", dependencies=[RememberAnswer])
async def rotate_subscription_secret(
    subscription_id: UUID, request: Request, session: RequestSession, by: SubscriptionKeeper
) -> SubscriptionWithSecret:
    """
    Replace the secret (更换密钥) of a subscription of your own; the new one is in this answer and nowhere else.

    Until `previous_secret_until` every delivery bears two signatures, by the new secret and by the one until now; a
    secret from before that ends at once.
    """
    subscription, secret = await actions.rotate_subscription_secret(
        session,
        subscription_id=subscription_id,
        by=by,
        sealer=request.app.state.sealer,
        overlap=timedelta(hours=request.app.state.settings.push_secret_overlap_hours),
        at=clock.now(),
    )
    return show_with_secret(subscription, secret)


@router.post("/subscriptions/{subscription_id}/enable", response_model=SubscriptionRead, dependencies=[RememberAnswer])
async def enable_subscription(
    subscription_id: UUID, request: Request, session: RequestSession, by: SubscriptionKeeper
) -> Subscription:
    """
    Enable a subscription of your own again (恢复) that was disabled as `gone` or `failing`.

    The endpoint consents anew, by its answer to a ping; events from now on wait until then. What was given up before
    is sent again by `redeliver`.
    """
    settings: Settings = request.app.state.settings
    return await actions.enable_subscription(
        session,
        subscription_id=subscription_id,
        by=by,
        consented_at=None if settings.push_consent else clock.now(),
    )


@router.get("/subscriptions", response_model=Page[SubscriptionRead])
async def list_subscriptions(
    session: RequestSession, by: SubscriptionKeeper, page: Annotated[PageRequest, Depends(page_request)]
) -> Slice[Subscription]:
    """List your own subscriptions (订阅), newest first."""
    return await SubscriptionRepository(session).list(visible_to=by, page=page)


@router.get("/subscriptions/{subscription_id}", response_model=SubscriptionRead)
async def read_subscription(subscription_id: UUID, session: RequestSession, by: SubscriptionKeeper) -> Subscription:
    """Read a subscription (订阅) of your own."""
    return await SubscriptionRepository(session).get(subscription_id, visible_to=by)


@router.delete("/subscriptions/{subscription_id}", status_code=204, response_class=Response)
async def delete_subscription(subscription_id: UUID, session: RequestSession, by: SubscriptionKeeper) -> None:
    """Delete a subscription (订阅) of your own, with its deliveries; nothing is sent to it any more."""
    await actions.delete_subscription(session, subscription_id=subscription_id, by=by)
