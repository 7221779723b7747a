"""Subscribers choose which pairings they hear of, in which order, and how fast."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.matching.deliveries.actions import publish_pairing_event
from services.matching.deliveries.models import Audience
from services.matching.subscriptions.models import Subscription
from shared import clock
from shared.contracts.codes import Role
from shared.db import Database, new_id
from shared.testing import Call
from tests.matching.deliveries.conftest import VILLAGE, Push, eventually, payload_of
from tests.matching.deliveries.receivers import Answer, Received

PATH = "/matching/v1/subscriptions"
ORGANIZATION = new_id()


async def hears(
    call: Call, database: Database, wanted: dict[str, Any], *, fields: tuple[str, ...] | None, score: float | None
) -> bool:
    body = {"endpoint": "https://receiver.example/", "event_types": ["matching.pairing.*"], "filter": wanted}
    made = await call(Role.PROVINCIAL_OFFICER).post(PATH, json=body)
    assert made.status_code == 201, made.text
    shown = {name: value for name, value in (made.json()["filter"] or {}).items() if value is not None}
    assert shown == {name: f"{value:0<12}" if name == "division" else value for name, value in wanted.items()}
    pairing_id = new_id()
    async with database.transaction() as session:
        return (
            await publish_pairing_event(
                session,
                happened="proposed",
                pairing_id=pairing_id,
                payload=payload_of(pairing_id, ORGANIZATION).model_copy(update={"score": score}),
                audience=Audience(VILLAGE, ORGANIZATION, None, fields=fields),
                at=clock.now(),
            )
            == 1
        )


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, True),
        ({"division": "513431"}, True),
        ({"division": VILLAGE}, True),
        ({"division": "510000000000"}, True),
        ({"division": "100000000000"}, True),
        ({"division": "513432000000"}, False),
        ({"division": "513431100202"}, False),
        ({"fields": ["industry", "health"]}, True),
        ({"fields": ["health"]}, False),
        ({"organization_id": str(ORGANIZATION)}, True),
        ({"organization_id": str(new_id())}, False),
        ({"minimum_score": 0.8}, True),
        ({"minimum_score": 0.81}, False),
        ({"division": "513431", "fields": ["health"], "minimum_score": 0.1}, False),
    ],
)
async def test_a_filter_lets_only_wanted_pairings_through(
    call: Call, database: Database, wanted: dict[str, Any], expected: bool
) -> None:
    assert await hears(call, database, wanted, fields=("industry", "education"), score=0.8) is expected


async def test_what_is_unknown_is_heard_rather_than_lost(call: Call, database: Database) -> None:
    assert await hears(call, database, {"fields": ["health"], "minimum_score": 1.0}, fields=None, score=None)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"filter": {"division": "51"}}, "/filter/division"),
        ({"filter": {"fields": ["painting"]}}, "/filter/fields/0"),
        ({"filter": {"fields": []}}, "/filter/fields"),
        ({"filter": {"minimum_score": 1.3}}, "/filter/minimum_score"),
        ({"filter": {"colour": "red"}}, "/filter/colour"),
        ({"payload_version": 2}, "/payload_version"),
        ({"order_mode": "none"}, "/order_mode"),
        ({"most_per_minute": 0}, "/most_per_minute"),
    ],
)
async def test_a_wrong_wish_is_named(call: Call, change: dict[str, Any], pointer: str) -> None:
    body = {"endpoint": "https://receiver.example/", "event_types": ["matching.pairing.*"]} | change
    refused = await call(Role.PROVINCIAL_OFFICER).post(PATH, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.real_commits
async def test_whoever_was_told_hears_of_the_withdrawal_whatever_it_filters(push: Push) -> None:
    subscriber = await push.subscriber(filter={"minimum_score": 0.5})
    pairing_id = await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: subscriber.receiver.accepted)
        async with push.database.transaction() as session:
            payload = payload_of(pairing_id, subscriber.organization_id).model_copy(update={"score": 0.1})
            audience = Audience(VILLAGE, subscriber.organization_id, None)
            for happened in ("answered", "withdrawn"):
                await publish_pairing_event(
                    session,
                    happened=happened,
                    pairing_id=pairing_id,
                    payload=payload,
                    audience=audience,
                    at=clock.now(),
                )
        await eventually(lambda: len(subscriber.receiver.accepted) == 2)
    assert [got.event["type"].split(".")[2] for got in subscriber.receiver.accepted] == ["proposed", "withdrawn"]


@pytest.mark.real_commits
async def test_at_a_strict_endpoint_every_event_waits_for_all_before_it_but_a_ping(push: Push) -> None:
    refusing = True

    async def refuse_first(received: Received) -> Answer:
        return (500 if refusing and received.event["subject"] == str(first) else 204), {}, b""

    push.set(push_retry_seconds=[0, *[0.2] * 49])
    strict = await push.subscriber(refuse_first, order_mode="endpoint")
    first = await push.publish(strict, "proposed")
    second = await push.publish(strict, "proposed")
    async with push.working(), push.working():
        await eventually(lambda: strict.receiver.received)
        assert (await strict.caller.post(f"{PATH}/{strict.subscription['id']}/ping")).status_code == 202
        await eventually(lambda: strict.receiver.accepted)
        await eventually(lambda: len(strict.receiver.received) >= 3)
        refusing = False
        await eventually(lambda: len(strict.receiver.accepted) == 3)
    subjects = [got.event["subject"] for got in strict.receiver.accepted]
    assert subjects == [strict.subscription["id"], str(first), str(second)]
    assert [got.event["subject"] for got in strict.receiver.received].count(str(second)) == 1


@pytest.mark.real_commits
async def test_an_endpoint_is_sent_no_more_than_its_rate_and_loses_nothing(push: Push) -> None:
    subscriber = await push.subscriber(most_per_minute=600)
    for _ in range(18):
        await push.publish(subscriber, "proposed")
    began = asyncio.get_running_loop().time()
    async with push.working():
        await eventually(lambda: len(subscriber.receiver.accepted) == 18)
    # Eleven may come at once, the other seven one every 100 ms.
    assert asyncio.get_running_loop().time() - began >= 0.6


def test_a_rate_holds_over_time() -> None:
    subscription, at = Subscription(most_per_minute=6), datetime(2026, 11, 27, 8, tzinfo=UTC)
    sent = []
    for second in range(60):
        now = at + timedelta(seconds=second)
        if not subscription.is_paced(at=now):
            subscription.note_sending(at=now)
            sent.append(second)
    assert sent == [0, 9, 19, 29, 39, 49, 59]
    free = Subscription()
    free.note_sending(at=at)
    assert not free.is_paced(at=at)
