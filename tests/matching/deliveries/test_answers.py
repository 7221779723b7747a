"""What is kept of an answer: when to come again, and an excerpt without secrets."""

import base64
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from services.matching.deliveries.consumers.excerpts import CUT, MOST_KEPT, MOST_READ, excerpt_of, repeats
from services.matching.deliveries.models import AttemptFault
from shared import clock
from shared.sealing import Sealer
from tests.matching.deliveries.conftest import Push, eventually
from tests.matching.deliveries.endings import SECRET, is_over, send
from tests.matching.deliveries.receivers import Answer, Received, Receiver, always

IN_TEN_MINUTES = "a date ten minutes ahead"


@pytest.mark.parametrize(
    ("status", "header", "least", "most"),
    [
        (429, "7", 7, 7),
        (503, "99999999999999", 86_400, 86_400),
        (503, format_datetime(datetime(2000, 1, 1, tzinfo=UTC)), 0, 0),
        (503, IN_TEN_MINUTES, 400, 600),
        (503, "soon", None, None),
        (503, "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None, None),
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
        await eventually(lambda: is_over(subscriber))
    [delivery] = await subscriber.deliveries()
    excerpt = delivery["response_excerpt"]
    assert excerpt.split("\n") == ["错误 error", CUT, CUT, CUT, f"authorization: {CUT}", CUT, CUT, CUT]
    assert subscriber.secret[6:30] not in excerpt
    assert len(raw) > len(excerpt)


def test_an_excerpt_is_short_and_holds_no_beginning_of_a_secret() -> None:
    secret = base64.b64encode(SECRET).decode()
    full = b"a" * (8192 - 20) + secret.encode()
    assert excerpt_of(full, secrets=[SECRET]) == "a" * MOST_KEPT
    # Cutting other secrets brings the end of what was read into what is kept.
    many = (secret.encode() + b"\x00") * 300
    excerpt = excerpt_of(many, secrets=[SECRET])
    assert excerpt
    assert secret[:8] not in excerpt
    assert len("乡".encode() * 3000) > MOST_KEPT
    assert len((excerpt_of("乡".encode() * 3000, secrets=[SECRET]) or "").encode()) <= MOST_KEPT
    assert excerpt_of(b"", secrets=[SECRET]) is None


async def test_a_long_answer_is_not_read_to_its_end(sealer: Sealer, receiver: Receiver) -> None:
    receiver.behave = always(500, {}, b"x" * 5_000_000)
    outcome = await send(sealer, receiver.url)
    assert outcome.fault is AttemptFault.REFUSED
    assert outcome.response_excerpt == "x" * MOST_KEPT


def test_an_answer_nested_without_end_is_no_proof_and_stops_nothing() -> None:
    assert not repeats(b"[" * MOST_READ, "a challenge")
    assert repeats(b'{"challenge": "a challenge"}', "a challenge")
