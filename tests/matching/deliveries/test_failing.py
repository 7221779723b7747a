"""What does not arrive: refusals, redirects, dead ends, forbidden addresses; and what is kept of an answer."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from ipaddress import IPv4Network
from typing import Any

import pytest
from sqlalchemy import update
from standardwebhooks import Webhook

from services.matching.deliveries.consumers import sending
from services.matching.deliveries.consumers.excerpts import CUT, MOST_KEPT, excerpt_of
from services.matching.deliveries.consumers.sending import WebhookSender
from services.matching.deliveries.models import Attempt, AttemptFault, Outcome
from services.matching.subscriptions.actions import SECRET_PURPOSE
from services.matching.subscriptions.models import Subscription
from shared import clock
from shared.db import new_id
from shared.sealing import Sealer
from shared.testing import SECRET_KEY
from tests.matching.deliveries.conftest import Push, Subscriber, eventually
from tests.matching.deliveries.receivers import Answer, Behave, Received, Receiver, accept, always, hang, listening

SECRET = bytes(range(32))
LOOPBACK = [IPv4Network("127.0.0.0/8")]


@pytest.fixture(scope="module")
def sealer() -> Sealer:
    return Sealer(SECRET_KEY)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with listening() as receiver:
        yield receiver


async def send(sealer: Sealer, endpoint: str, *, allowed: Any = LOOPBACK, timeout_seconds: float = 2.0) -> Outcome:
    sender = WebhookSender(sealer=sealer, allowed_networks=allowed, timeout_seconds=timeout_seconds)
    sealed = sealer.seal(SECRET, purpose=SECRET_PURPOSE)
    try:
        return await sender.send(Attempt(new_id(), new_id(), '{"a":"乡桥"}'.encode(), endpoint, sealed))
    finally:
        await sender.close()


async def kept_failing(push: Push, behave: Behave) -> Subscriber:
    push.set(push_retry_seconds=[0, 0.01, 0.01])
    subscriber = await push.subscriber(behave)
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: _is_over(subscriber))
    return subscriber


async def _is_over(subscriber: Subscriber) -> bool:
    return "pending" not in await subscriber.statuses()


async def test_410_disables_the_subscription_at_once_and_ends_all_that_waits(push: Push) -> None:
    subscriber = await push.subscriber(always(410))
    await push.publish(subscriber, "proposed", "answered")
    async with push.working():
        await eventually(lambda: _is_over(subscriber))
        await push.publish(subscriber, "proposed")
    assert await subscriber.statuses() == ["dead", "dead"]
    assert len(subscriber.receiver.received) == 1
    [first, _] = await subscriber.deliveries()
    assert (first["last_status_code"], first["last_fault"], first["attempts"]) == (410, "gone", 1)
    read = await subscriber.reread()
    assert read["status"] == "disabled"
    assert read["disabled_at"]
    for path in (f"subscriptions/{read['id']}/ping", f"deliveries/{first['id']}/redeliver"):
        refused = await subscriber.caller.post(f"/matching/v1/{path}")
        assert (refused.status_code, refused.json()["type"]) == (409, "/matching/problems/subscription-disabled")


async def test_a_redirect_is_a_failure_and_is_not_followed(push: Push, receiver: Receiver) -> None:
    subscriber = await kept_failing(push, always(302, {"location": receiver.url}))
    [delivery] = await subscriber.deliveries()
    assert (delivery["status"], delivery["last_fault"], delivery["last_status_code"]) == ("dead", "redirected", 302)
    assert receiver.received == []


async def test_a_delivery_is_dead_after_the_last_attempt(push: Push) -> None:
    subscriber = await kept_failing(push, always(500))
    assert len(subscriber.receiver.received) == 3
    assert len({got.webhook_id for got in subscriber.receiver.received}) == 1
    [delivery] = await subscriber.deliveries(status="dead")
    assert (delivery["attempts"], delivery["last_fault"], delivery["next_attempt_at"]) == (3, "refused", None)


async def test_what_is_dead_can_be_sent_again_under_the_same_id(push: Push) -> None:
    subscriber = await kept_failing(push, always(500))
    [dead] = await subscriber.deliveries()
    subscriber.receiver.behave = accept
    answer = await subscriber.caller.post(f"/matching/v1/deliveries/{dead['id']}/redeliver")
    assert (answer.status_code, answer.json()["status"], answer.json()["attempts"]) == (202, "pending", 0)
    async with push.working():
        await eventually(lambda: subscriber.receiver.accepted)
    assert subscriber.receiver.accepted[0].webhook_id == dead["event_id"]
    assert await subscriber.statuses() == ["delivered"]


async def test_a_waiting_delivery_can_be_tried_at_once(push: Push) -> None:
    push.set(push_retry_seconds=[0, 600])
    subscriber = await push.subscriber(always(500))
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: subscriber.receiver.received)
        subscriber.receiver.behave = accept
        await asyncio.sleep(0.1)
        [waiting] = await subscriber.deliveries()
        answer = await subscriber.caller.post(f"/matching/v1/deliveries/{waiting['id']}/redeliver")
        assert answer.json()["attempts"] == 1
        await eventually(lambda: subscriber.receiver.accepted)


async def test_what_tells_of_a_withdrawn_pairing_is_not_sent_again(push: Push) -> None:
    subscriber = await push.subscriber()
    pairing_id = await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: subscriber.receiver.accepted)
        await push.publish(subscriber, "withdrawn", pairing_id=pairing_id)
        await eventually(lambda: len(subscriber.receiver.accepted) == 2)
    proposed, withdrawn = await subscriber.deliveries()
    refused = await subscriber.caller.post(f"/matching/v1/deliveries/{proposed['id']}/redeliver")
    assert (refused.status_code, refused.json()["type"]) == (409, "/matching/problems/pairing-withdrawn")
    again = await subscriber.caller.post(f"/matching/v1/deliveries/{withdrawn['id']}/redeliver")
    assert again.status_code == 202


async def test_an_endpoint_rests_after_many_failures_and_works_again_when_it_answers(push: Push) -> None:
    push.set(push_breaker_failures=2, push_breaker_seconds=0.4)
    subscriber = await push.subscriber(always(500))
    await push.publish(subscriber, "proposed")
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: len(subscriber.receiver.received) == 2)
        await asyncio.sleep(0.2)
        resting = await subscriber.reread()
        assert (resting["breaker"], resting["consecutive_failures"]) == ("open", 2)
        assert resting["next_attempt_at"]
        assert len(subscriber.receiver.received) == 2
        subscriber.receiver.behave = accept
        await eventually(lambda: len(subscriber.receiver.accepted) == 2)
        await asyncio.sleep(0.1)
    working = await subscriber.reread()
    assert (working["breaker"], working["consecutive_failures"], working["next_attempt_at"]) == ("closed", 0, None)


async def test_retry_after_is_honoured(push: Push) -> None:
    subscriber = await push.subscriber(always(429, {"retry-after": "120"}))
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: subscriber.receiver.received)
        await asyncio.sleep(0.3)
    [delivery] = await subscriber.deliveries()
    wait = datetime.fromisoformat(delivery["next_attempt_at"]) - clock.now()
    assert timedelta(seconds=100) < wait <= timedelta(seconds=120)
    assert (await subscriber.reread())["next_attempt_at"]
    assert len(subscriber.receiver.received) == 1


def test_a_rest_grows_up_to_its_bound() -> None:
    subscription = Subscription(consecutive_failures=0)
    at = clock.now()
    waits = []
    for _ in range(40):
        subscription.next_attempt_at = None
        subscription.note_failure(
            at=at, failures_to_open=2, first_pause=timedelta(seconds=1), longest_pause=timedelta(seconds=10)
        )
        waits.append((subscription.next_attempt_at or at) - at)
    assert [int(wait.total_seconds()) for wait in waits[:7]] == [0, 1, 2, 4, 8, 10, 10]
    assert waits[-1] == timedelta(seconds=10)


async def test_the_loopback_is_refused_unless_it_is_allowed(push: Push) -> None:
    subscriber = await push.subscriber()
    pairing_id = await push.publish(subscriber, "proposed")
    async with push.working(push.sender(allowed_networks=[])):
        await eventually(lambda: _has_fault(subscriber))
    [delivery] = await subscriber.deliveries(pairing_id=str(pairing_id))
    assert (delivery["last_fault"], delivery["last_status_code"]) == ("unreachable", None)
    assert subscriber.receiver.received == []
    async with push.working():
        await eventually(lambda: subscriber.receiver.accepted)


async def _has_fault(subscriber: Subscriber) -> bool:
    return any(delivery["last_fault"] for delivery in await subscriber.deliveries())


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
async def test_no_way_leads_to_the_machine_itself(sealer: Sealer, receiver: Receiver, scheme: str, host: str) -> None:
    endpoint = f"{scheme}://{host}:{receiver.port}/"
    outcome = await send(sealer, endpoint, allowed=[IPv4Network("10.0.0.0/8")])
    assert (outcome.fault, outcome.status_code) == (AttemptFault.UNREACHABLE, None)
    assert receiver.received == []


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1/", f"http://{'a' * 64}.invalid/"])
async def test_where_nobody_answers_is_unreachable(sealer: Sealer, endpoint: str) -> None:
    assert (await send(sealer, endpoint)).fault is AttemptFault.UNREACHABLE


async def test_a_proxy_of_the_environment_is_not_used(
    sealer: Sealer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert (await send(sealer, receiver.url)).fault is None


async def test_a_receiver_that_does_not_answer_in_time_has_failed(sealer: Sealer, receiver: Receiver) -> None:
    receiver.behave = hang
    outcome = await send(sealer, receiver.url, timeout_seconds=0.2)
    assert outcome.fault is AttemptFault.TIMEOUT
    assert 150 <= outcome.duration_ms < 2000


async def test_a_receiver_that_drips_has_no_more_time(sealer: Sealer) -> None:
    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        try:
            for _ in range(50):
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        outcome = await send(sealer, f"http://127.0.0.1:{port}/", timeout_seconds=0.3)
        await asyncio.sleep(0.1)
    assert outcome.fault is AttemptFault.TIMEOUT


async def test_a_secret_that_cannot_be_opened_sends_nothing(push: Push) -> None:
    subscriber = await push.subscriber()
    foreign = Sealer("another secret key, also 32 characters long")
    async with push.database.transaction() as session:
        sealed = foreign.seal(SECRET, purpose=SECRET_PURPOSE)
        await session.execute(update(Subscription).values(secret_sealed=sealed))
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: _has_fault(subscriber))
    assert (await subscriber.deliveries())[0]["last_fault"] == "unsigned"
    assert subscriber.receiver.received == []


def test_the_signature_is_right_in_any_time_zone() -> None:
    body = '{"a":"乡桥"}'.encode()
    attempt = Attempt(new_id(), new_id(), body, "https://receiver.invalid", "")
    china = clock.now().astimezone(timezone(timedelta(hours=8)))
    headers = sending._signed_headers(attempt, SECRET, at=china)
    assert Webhook(SECRET).verify(body, headers) == {"a": "乡桥"}


IN_TEN_MINUTES = "a date ten minutes ahead"


@pytest.mark.parametrize(
    ("status", "header", "least", "most"),
    [
        (429, "7", 7, 7),
        (503, "99999999999999", 86_400, 86_400),
        (503, format_datetime(datetime(2000, 1, 1, tzinfo=UTC)), 0, 0),
        (503, IN_TEN_MINUTES, 400, 600),
        (503, "soon", None, None),
        (500, "7", None, None),
        (503, "", None, None),
    ],
)
async def test_retry_after_is_read_within_bounds(
    sealer: Sealer, receiver: Receiver, status: int, header: str, least: int | None, most: int | None
) -> None:
    if header == IN_TEN_MINUTES:
        header = format_datetime(clock.now() + timedelta(seconds=600))
    receiver.behave = always(status, {"retry-after": header})
    wait = (await send(sealer, receiver.url)).retry_after
    if least is None or most is None:
        assert wait is None
    else:
        assert wait is not None
        assert least <= wait.total_seconds() <= most


async def test_an_excerpt_of_the_answer_never_holds_the_secret(push: Push) -> None:
    raw = b""

    async def echo(received: Received) -> Answer:
        nonlocal raw
        secret = subscriber.secret
        raw = "\n".join(
            ["错误 error", secret, secret.removeprefix("whsec_"), received.headers["webhook-signature"],
             "authorization: Bearer abcdefghijkl", base64.b64decode(secret[6:]).hex(), secret.replace("/", "\\/"),
             secret[6:].replace("/", "\\/")]
        ).encode()  # fmt: skip
        return 500, {}, raw

    subscriber = await push.subscriber(echo)
    await push.publish(subscriber, "proposed")
    push.set(push_retry_seconds=[0])
    async with push.working():
        await eventually(lambda: _is_over(subscriber))
    [delivery] = await subscriber.deliveries()
    excerpt = delivery["response_excerpt"]
    assert excerpt.split("\n") == ["错误 error", CUT, CUT, CUT, f"authorization: {CUT}", CUT, CUT, CUT]
    assert subscriber.secret[6:30] not in excerpt
    assert len(raw) > len(excerpt)


def test_an_excerpt_is_short_and_holds_no_beginning_of_a_secret() -> None:
    secret = base64.b64encode(SECRET).decode()
    full = b"a" * (8192 - 20) + secret.encode()
    assert excerpt_of(full, secret=SECRET) == "a" * MOST_KEPT
    # Cutting other secrets brings the end of what was read into what is kept.
    many = (secret.encode() + b"\x00") * 300
    excerpt = excerpt_of(many, secret=SECRET)
    assert excerpt
    assert secret[:8] not in excerpt
    assert len("乡".encode() * 3000) > MOST_KEPT
    assert len((excerpt_of("乡".encode() * 3000, secret=SECRET) or "").encode()) <= MOST_KEPT
    assert excerpt_of(b"", secret=SECRET) is None


async def test_a_long_answer_is_not_read_to_its_end(sealer: Sealer, receiver: Receiver) -> None:
    receiver.behave = always(500, {}, b"x" * 5_000_000)
    outcome = await send(sealer, receiver.url)
    assert outcome.fault is AttemptFault.REFUSED
    assert outcome.response_excerpt == "x" * MOST_KEPT
