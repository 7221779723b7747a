"""An address is judged before it is connected to, and what was judged is what is connected to."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from services.matching.deliveries.consumers.sending import WebhookSender
from services.matching.deliveries.models import Attempt, AttemptFault
from services.matching.subscriptions.actions import SECRET_PURPOSE
from services.matching.subscriptions.models import Destinations
from shared.db import new_id
from shared.sealing import Sealer
from tests.matching.deliveries.endings import LOOPBACK, SECRET, send
from tests.matching.deliveries.receivers import Receiver, always

Names = Callable[..., None]


class Door:
    """A listening socket that counts who knocks, whether or not a word is said."""

    port = 0
    knocks = 0

    async def open(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.knocks += 1
        writer.close()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    async with await asyncio.start_server(door.open, "127.0.0.1", 0) as server:
        door.port = server.sockets[0].getsockname()[1]
        yield door


@pytest.fixture
def name_leads_to(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Let ``receiver.example`` have the given addresses, at each look-up the next ones."""
    real = socket.getaddrinfo

    def set_names(*answers: list[str]) -> None:
        waiting = list(answers)

        def look_up(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
            if host not in ("receiver.example", b"receiver.example", "receiver.example.", b"receiver.example."):
                return real(host, port, *rest, **more)
            found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            return [entry for one in found for entry in real(one, port, type=socket.SOCK_STREAM)]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return set_names


# As httpx, the resolver and the kernel read them, should one ever come so far.
SPELLINGS = (
    "receiver.example", "receiver.example.", "localhost", "localhost.", "127.0.0.1", "127.0.0.1.", "2130706433",
    "0x7f.1", "0x7f000001", "0177.0.0.1", "127.1", "0.0.0.0", "0", "１２７.０.０.１", "127。0。0。1",  # noqa: S104
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]",
    "somebody:word@127.0.0.1",
)  # fmt: skip


async def test_what_is_not_allowed_never_sees_a_connection(sealer: Sealer, door: Door, name_leads_to: Names) -> None:
    name_leads_to(["127.0.0.1"])
    sender = WebhookSender(sealer=sealer, destinations=Destinations(), timeout_seconds=2.0)
    sealed = sealer.seal(SECRET, purpose=SECRET_PURPOSE)
    for host in SPELLINGS:
        for scheme in ("http", "https"):
            attempt = Attempt(new_id(), new_id(), b"{}", f"{scheme}://{host}:{door.port}/", (sealed,))
            assert (await sender.send(attempt)).fault is AttemptFault.UNREACHABLE
    await sender.close()
    await asyncio.sleep(0.05)
    assert door.knocks == 0


async def test_a_name_that_changes_its_mind_after_the_judgement_leads_nowhere(
    sealer: Sealer, door: Door, name_leads_to: Names
) -> None:
    # First a public address on which nobody answers (TEST-NET is not public, so one of a root server), then this one.
    name_leads_to(["198.41.0.4"], ["127.0.0.1"])
    outcome = await send(sealer, f"https://receiver.example:{door.port}/", allowed=[], timeout_seconds=0.3)
    assert outcome.fault in (AttemptFault.UNREACHABLE, AttemptFault.TIMEOUT)
    await asyncio.sleep(0.05)
    assert door.knocks == 0


async def test_a_port_that_is_not_allowed_never_sees_a_connection(sealer: Sealer, door: Door) -> None:
    within = Destinations(LOOPBACK, network_ports=[door.port + 1])
    outcome = await send(sealer, f"http://127.0.0.1:{door.port}/", destinations=within)
    assert outcome.fault is AttemptFault.UNREACHABLE
    await asyncio.sleep(0.05)
    assert door.knocks == 0


async def test_a_redirect_leads_nowhere_not_even_to_where_one_may_send(sealer: Sealer, receiver: Receiver) -> None:
    for status in (301, 302, 303, 307, 308):
        receiver.behave = always(status, {"location": receiver.url, "refresh": f"0; url={receiver.url}"})
        assert (await send(sealer, receiver.url)).fault is AttemptFault.REDIRECTED
    assert len(receiver.received) == 5


async def test_of_several_addresses_the_allowed_one_is_used(
    sealer: Sealer, receiver: Receiver, name_leads_to: Names
) -> None:
    name_leads_to(["::1", "10.0.0.1", "127.0.0.2", "127.0.0.1"])
    outcome = await send(sealer, f"http://receiver.example:{receiver.port}/hook", allowed=LOOPBACK)
    assert outcome.fault is None
    assert receiver.received[0].headers["host"] == f"receiver.example:{receiver.port}"
