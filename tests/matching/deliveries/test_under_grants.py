"""What leaves for an application that acts for somebody: judged anew at every sending."""

import asyncio

import pytest
from sqlalchemy import update

from services.matching.subscriptions.models import Subscription
from shared.testing import granted
from tests.matching.deliveries.conftest import Push, Subscriber, eventually

pytestmark = pytest.mark.real_commits


async def of_application(push: Push) -> tuple[Subscriber, Subscriber]:
    """Return an application's subscriber, and one of an organization's own."""
    grant = granted("subscriptions.manage", "pairings.read")
    return await push.subscriber(grant=grant), await push.subscriber()


async def test_nothing_leaves_once_the_grant_is_revoked_though_it_waits_already(push: Push) -> None:
    acting, own = await of_application(push)
    push.revoked = [acting.subscription["grant_id"]]
    for each in (acting, own):
        await push.publish(each, "proposed")
    async with push.working():
        await eventually(lambda: own.receiver.accepted)
        await asyncio.sleep(0.3)
    assert acting.receiver.received == []
    assert await acting.statuses() == ["pending"]


async def test_what_cannot_be_judged_waits_until_registry_answers(push: Push, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.matching.deliveries.consumers.grants.FRESH_SECONDS", 0.0)
    acting, own = await of_application(push)
    push.revoked = None
    for each in (acting, own):
        await push.publish(each, "proposed")
    async with push.working():
        await eventually(lambda: own.receiver.accepted)
        await asyncio.sleep(0.2)
        assert acting.receiver.received == []
        push.revoked = []
        await eventually(lambda: acting.receiver.accepted)


async def test_nothing_leaves_that_the_grant_does_not_let_it_read(push: Push) -> None:
    acting, own = await of_application(push)
    for each in (acting, own):
        await push.publish(each, "proposed")
    async with push.database.transaction() as session:
        narrowed = update(Subscription).where(Subscription.grant_id.is_not(None)).values(grant_scopes=None)
        await session.execute(narrowed.execution_options(audit="a test"))
    await acting.caller.post(f"/matching/v1/subscriptions/{acting.subscription['id']}/ping")

    async def is_settled() -> bool:
        return "pending" not in [*await acting.statuses(), *await own.statuses()]

    async with push.working():
        await eventually(is_settled)
    assert [got.event["type"] for got in acting.receiver.received] == ["platform.ping.v1"]
    assert await acting.statuses() == ["dead", "delivered"]
    assert own.receiver.accepted
    # Nor is anything put in its queue from then on.
    await push.publish(acting, "answered")
    assert len(await acting.deliveries()) == 2
