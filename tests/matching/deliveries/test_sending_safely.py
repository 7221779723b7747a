"""Sending is safe: forbidden addresses, no proxy, no receiver that takes its time, nothing unsigned."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta, timezone
from ipaddress import IPv4Network

import pytest
from sqlalchemy import update
from standardwebhooks import Webhook

from services.matching.deliveries.consumers import sending
from services.matching.deliveries.models import Attempt, AttemptFault
from services.matching.subscriptions.actions import SECRET_PURPOSE
from services.matching.subscriptions.models import Destinations, Subscription
from shared import clock
from shared.db import new_id
from shared.sealing import Sealer
from tests.matching.deliveries.conftest import Push, eventually
from tests.matching.deliveries.endings import SECRET, has_fault, send
from tests.matching.deliveries.receivers import Receiver, hang


async def test_the_loopback_is_refused_unless_it_is_allowed(push: Push) -> None:
    subscriber = await push.subscriber()
    pairing_id = await push.publish(subscriber, "proposed")
    async with push.working(push.sender(destinations=Destinations())):
        await eventually(lambda: has_fault(subscriber))
    [delivery] = await subscriber.deliveries(pairing_id=str(pairing_id))
    assert (delivery["last_fault"], delivery["last_status_code"]) == ("unreachable", None)
    assert subscriber.receiver.received == []
    async with push.working():
        await eventually(lambda: subscriber.receiver.accepted)


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


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("begins", "drop"),
    [
        (b"", b"H"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (HEAD, b"x: y\r\n"),
        (HEAD + b"content-length: 1000\r\n\r\n", b"x"),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
)
async def test_a_receiver_that_drips_has_no_more_time(sealer: Sealer, begins: bytes, drop: bytes) -> None:
    async with talking([begins, *[drop] * 60], pause=0.02) as port:
        outcome = await send(sealer, f"http://127.0.0.1:{port}/", timeout_seconds=0.2)
    assert outcome.fault in (AttemptFault.TIMEOUT, AttemptFault.UNREACHABLE)
    assert outcome.duration_ms < 600


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        (HEAD + b"content-length: 99999999999\r\n\r\n", None),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n", None),
        (HEAD + b"x: ", AttemptFault.UNREACHABLE),
    ],
)
async def test_of_an_answer_without_end_little_is_read(sealer: Sealer, head: bytes, fault: AttemptFault | None) -> None:
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n" if b"chunked" in head else b"x" * 65_536
    written: list[int] = []
    async with talking([head, *[chunk] * 2000], written=written) as port:
        outcome = await send(sealer, f"http://127.0.0.1:{port}/")
    assert outcome.fault is fault
    # What lies in the buffers of both sockets, of 125 MiB.
    assert sum(written) < 20_000_000


@asynccontextmanager
async def talking(words: list[bytes], *, pause: float = 0.0, written: list[int] | None = None) -> AsyncIterator[int]:
    """Run a server that says the same to everybody, and give its port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            for word in words:
                writer.write(word)
                await writer.drain()
                if written is not None:
                    written.append(len(word))
                if pause:
                    await asyncio.sleep(pause)
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_a_secret_that_cannot_be_opened_sends_nothing(push: Push) -> None:
    subscriber = await push.subscriber()
    foreign = Sealer("another secret key, also 32 characters long")
    async with push.database.transaction() as session:
        sealed = foreign.seal(SECRET, purpose=SECRET_PURPOSE)
        await session.execute(update(Subscription).values(secret_sealed=sealed).execution_options(audit="a test"))
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: has_fault(subscriber))
    assert (await subscriber.deliveries())[0]["last_fault"] == "unsigned"
    assert subscriber.receiver.received == []


def test_the_signature_is_right_in_any_time_zone() -> None:
    body = '{"a":"乡桥"}'.encode()
    attempt = Attempt(new_id(), new_id(), body, "https://receiver.invalid", ("",))
    china = clock.now().astimezone(timezone(timedelta(hours=8)))
    headers = sending._signed_headers(attempt, [SECRET], at=china)
    assert Webhook(SECRET).verify(body, headers) == {"a": "乡桥"}
