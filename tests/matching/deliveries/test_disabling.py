"""An endpoint that fails for days is disabled, its owner hears of it elsewhere, and nothing is lost when it is back."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from services.matching.subscriptions.models import Subscription
from shared import clock
from shared.contracts.codes import Role
from shared.contracts.matching import SubscriptionPayload
from shared.db import new_id
from shared.testing import granted
from tests.matching.deliveries.conftest import Push, Subscriber, eventually
from tests.matching.deliveries.endings import is_over
from tests.matching.deliveries.receivers import Receiver, accept, always

pytestmark = pytest.mark.real_commits
PATH = "/matching/v1/subscriptions"


def path_of(subscriber: Subscriber, step: str) -> str:
    return f"{PATH}/{subscriber.subscription['id']}/{step}"


async def with_another_endpoint(subscriber: Subscriber, receiver: Receiver) -> None:
    body = {"endpoint": receiver.url, "event_types": ["matching.run.*"]}
    assert (await subscriber.caller.post(PATH, json=body)).status_code == 201


async def fails_since(push: Push, **ago: float) -> None:
    async with push.database.transaction() as session:
        since = update(Subscription).values(failing_since=clock.now() - timedelta(**ago))
        await session.execute(since.execution_options(audit="a test"))


async def redeliver(subscriber: Subscriber, **wanted: Any) -> dict[str, Any]:
    since = (clock.now() - timedelta(hours=1)).isoformat()
    answer = await subscriber.caller.post(path_of(subscriber, "redeliver"), json={"since": since} | wanted)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def test_after_five_days_of_failure_the_owner_hears_at_its_other_endpoint_and_gets_all_later(
    push: Push, receiver: Receiver
) -> None:
    push.set(push_retry_seconds=[0, 600], push_breaker_failures=2)
    subscriber = await push.subscriber(always(503))
    await with_another_endpoint(subscriber, receiver)
    await fails_since(push, days=4, hours=23)
    first = await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: subscriber.receiver.received)
    assert (await subscriber.reread())["status"] == "active"
    await fails_since(push, days=5)
    second = await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: receiver.accepted)
    read = await subscriber.reread()
    assert (read["status"], read["disabled_reason"]) == ("disabled", "failing")
    told = receiver.accepted[0].event
    payload = SubscriptionPayload.model_validate(told["data"])
    assert (told["type"], told["subject"]) == ("matching.subscription.disabled.v1", read["id"])
    assert (payload.reason, payload.given_up) == ("failing", 2)
    own = await subscriber.deliveries(subscription_id=read["id"])
    assert [one["status"] for one in own] == ["dead", "dead"]
    # It is mended: enabled again, everything that was given up comes, in order.
    subscriber.receiver.behave = accept
    enabled = await subscriber.caller.post(path_of(subscriber, "enable"))
    assert (enabled.status_code, enabled.json()["status"]) == (200, "active")
    assert {enabled.json()[name] for name in ("disabled_at", "disabled_reason", "failing_since")} == {None}
    answer = await redeliver(subscriber)
    assert (answer["redelivered"], answer["more"]) == (2, False)
    async with push.working():
        await eventually(lambda: len(subscriber.receiver.accepted) == 2)
    assert [got.event["subject"] for got in subscriber.receiver.accepted] == [str(first), str(second)]


async def test_a_success_ends_the_days_of_failure(push: Push) -> None:
    subscriber = await push.subscriber()
    await fails_since(push, days=6)
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: is_over(subscriber))
    assert ((await subscriber.reread())["failing_since"], await subscriber.statuses()) == (None, ["delivered"])


async def test_an_endpoint_that_was_gone_consents_anew(push: Push, receiver: Receiver) -> None:
    subscriber = await push.subscriber(always(410))
    await with_another_endpoint(subscriber, receiver)
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: receiver.accepted)
    assert receiver.accepted[0].event["data"]["reason"] == "gone"
    push.set(push_consent=True)
    enabled = (await subscriber.caller.post(path_of(subscriber, "enable"))).json()
    assert (enabled["status"], enabled["consented_at"]) == ("active", None)


async def test_a_subscription_whose_grant_has_ended_is_not_enabled(push: Push) -> None:
    subscriber = await push.subscriber(grant=granted("subscriptions.manage", "pairings.read"))
    async with push.database.transaction() as session:
        ended = update(Subscription).values(status="disabled", disabled_reason="grant_ended")
        await session.execute(ended.execution_options(audit="a test"))
    refused = await subscriber.caller.post(path_of(subscriber, "enable"))
    assert (refused.status_code, refused.json()["type"]) == (409, "/matching/problems/subscription-disabled")
    refused = await subscriber.caller.post(path_of(subscriber, "redeliver"), json={"since": "2026-01-01T00:00:00Z"})
    assert refused.status_code == 409


async def test_a_range_is_sent_again_but_for_what_was_withdrawn_and_what_was_not_asked_for(push: Push) -> None:
    subscriber = await push.subscriber()
    kept = await push.publish(subscriber, "proposed", "answered")
    withdrawn = await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: len(subscriber.receiver.accepted) == 3)
        await push.publish(subscriber, "withdrawn", pairing_id=withdrawn)
        await eventually(lambda: len(subscriber.receiver.accepted) == 4)
    began, after = clock.now() - timedelta(minutes=1), clock.now()
    assert (await redeliver(subscriber))["redelivered"] == 0
    statuses = ["delivered", "superseded"]
    assert (await redeliver(subscriber, statuses=statuses, until=began.isoformat()))["redelivered"] == 0
    assert (await redeliver(subscriber, statuses=statuses, since=after.isoformat()))["redelivered"] == 0
    assert (await redeliver(subscriber, statuses=statuses))["redelivered"] == 3
    async with push.working():
        await eventually(lambda: len(subscriber.receiver.accepted) == 7)
    again = [(got.event["subject"], got.event["type"].split(".")[2]) for got in subscriber.receiver.accepted[4:]]
    assert again == [(str(kept), "proposed"), (str(kept), "answered"), (str(withdrawn), "withdrawn")]
    stranger = push.call(Role.ORGANIZATION, organization_id=new_id())
    refused = await stranger.post(path_of(subscriber, "redeliver"), json={"since": "2026-01-01T00:00:00Z"})
    assert refused.status_code == 404
    for wrong in ({"statuses": ["pending"]}, {"since": "0001-01-01T00:00:00+14:00"}, {"until": "2026-01-01"}):
        body = {"since": "2026-01-01T00:00:00Z"} | wrong
        assert (await subscriber.caller.post(path_of(subscriber, "redeliver"), json=body)).status_code == 422


async def test_a_long_range_comes_in_parts(push: Push, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.matching.deliveries.actions.redelivering.MOST_AT_ONCE", 2)
    subscriber = await push.subscriber(always(500))
    push.set(push_retry_seconds=[0])
    for _ in range(3):
        await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: is_over(subscriber))
    first = await redeliver(subscriber)
    assert (first["redelivered"], first["more"]) == (2, True)
    rest = await redeliver(subscriber, since=first["last_created_at"])
    assert (rest["redelivered"], rest["more"]) == (1, False)
