"""HTTP of deliveries, and the ping that makes one."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.matching.deliveries import actions
from services.matching.deliveries.models import Delivery
from services.matching.deliveries.repository import DeliveryRepository
from services.matching.deliveries.schemas import (
    DeliveryDetail,
    DeliveryFilter,
    DeliveryMetrics,
    DeliveryRead,
    RangeRedelivered,
    RangeToRedeliver,
    SamplesRequest,
    SamplesSent,
)
from services.matching.permissions import SubscriptionKeeper
from shared import clock
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.paging import Page, PageRequest, Slice, page_request

router = APIRouter(prefix="/matching/v1", tags=["deliveries 推送"], route_class=IdempotentRoute)


@router.post(
    "/subscriptions/{subscription_id}/ping",
    status_code=202,
    response_model=DeliveryRead,
    dependencies=[RememberAnswer],
)
async def ping_subscription(subscription_id: UUID, session: RequestSession, by: SubscriptionKeeper) -> Delivery:
    """
    Send `platform.ping.v1` to a subscription (订阅) of your own at once, even while the endpoint rests after failures.

    Until the endpoint has consented, the ping holds a `challenge` (握手校验): an answer that repeats it, alone or as
    `{"challenge": "…"}`, is the consent, and lets the events go that waited; such a ping is sent once. The answer here
    is the delivery (推送) to look at.
    """
    return await actions.ping_subscription(session, subscription_id=subscription_id, by=by, at=clock.now())


@router.post("/subscriptions/{subscription_id}/samples", status_code=202, dependencies=[RememberAnswer])
async def send_samples(
    subscription_id: UUID, wanted: SamplesRequest, session: RequestSession, by: SubscriptionKeeper
) -> SamplesSent:
    """
    Send a sandbox (沙箱) of your own one sample of every event type, or of those that you name.

    Samples are signed and delivered as events are, bear `"sandbox": true`, and tell of nothing that exists.
    """
    deliveries = await actions.send_samples(
        session, subscription_id=subscription_id, patterns=wanted.event_types, by=by, at=clock.now()
    )
    return SamplesSent.model_validate({"items": deliveries})


@router.get("/deliveries", response_model=Page[DeliveryRead])
async def list_deliveries(
    session: RequestSession,
    by: SubscriptionKeeper,
    wanted: Annotated[DeliveryFilter, Query()],
    page: Annotated[PageRequest, Depends(page_request)],
) -> Slice[Delivery]:
    """List the deliveries (推送) to your own subscriptions, newest first."""
    return await DeliveryRepository(session).list(wanted=wanted, visible_to=by, page=page)


@router.get("/deliveries/{delivery_id}")
async def read_delivery(delivery_id: UUID, session: RequestSession, by: SubscriptionKeeper) -> DeliveryDetail:
    """Read a delivery (推送) with what is sent, and the log (推送日志) of its attempts: requests and answers."""
    return await actions.read_delivery(session, delivery_id=delivery_id, by=by)


@router.get("/subscriptions/{subscription_id}/metrics")
async def measure_subscription(
    subscription_id: UUID,
    session: RequestSession,
    by: SubscriptionKeeper,
    hours: Annotated[int, Query(ge=1, le=720, description="Of how many hours until now")] = 24,
) -> DeliveryMetrics:
    """Read how the endpoint of a subscription of your own does (推送指标): outcomes, attempts, delays, what waits."""
    since = clock.now() - timedelta(hours=hours)
    return await actions.measure_subscription(session, subscription_id=subscription_id, since=since, by=by)


@router.post("/subscriptions/{subscription_id}/redeliver", status_code=202, dependencies=[RememberAnswer])
async def redeliver_range(
    subscription_id: UUID, wanted: RangeToRedeliver, session: RequestSession, by: SubscriptionKeeper
) -> RangeRedelivered:
    """
    Send again what was made for a subscription of your own in a time (批量重推): dead letters, or others too.

    In the order of events, at most 1000 at once; the endpoint is tried at once though it rests. Events of pairings
    that were withdrawn since are left out.
    """
    return await actions.redeliver_range(session, subscription_id=subscription_id, wanted=wanted, by=by, at=clock.now())


@router.post("/deliveries/{delivery_id}/redeliver", status_code=202, response_model=DeliveryRead)
async def redeliver_delivery(delivery_id: UUID, session: RequestSession, by: SubscriptionKeeper) -> Delivery:
    """
    Send a delivery (推送) again at once, with the same content and `webhook-id`, even while the endpoint rests.

    Only what still waits of the same pairing before it goes first.
    """
    return await actions.redeliver_delivery(session, delivery_id=delivery_id, by=by, at=clock.now())
