"""A subscriber's real HTTP server on the loopback, which records what it gets and answers as it is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Received:
    """One request that a receiver got."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent in the body."""
        return dict(json.loads(self.body))

    @property
    def webhook_id(self) -> str:
        """The id that stays over all attempts."""
        return self.headers["webhook-id"]

    def verify(self, secret: str) -> dict[str, Any]:
        """Check the signature as a subscriber does; raises if it is wrong."""
        return dict(Webhook(secret).verify(self.body, self.headers))


Answer = tuple[int, dict[str, str], bytes]
Behave = Callable[[Received], Awaitable[Answer]]


async def accept(_received: Received) -> Answer:
    return 204, {}, b""


def always(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Behave:
    async def behave(_received: Received) -> Answer:
        return status, headers or {}, body

    return behave


async def hang(_received: Received) -> Answer:
    await asyncio.sleep(60)
    return 204, {}, b""


@dataclass
class Receiver:
    """The server; ``behave`` may be changed while it runs."""

    port: int = 0
    behave: Behave = accept
    received: list[Received] = field(default_factory=list)
    accepted: list[Received] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            while head := await _read_head(reader):
                headers = dict(line.split(": ", 1) for line in head.lower().split("\r\n")[1:] if line)
                signature = next((x for x in head.split("\r\n") if x.lower().startswith("webhook-signature")), "")
                headers["webhook-signature"] = signature.partition(": ")[2]
                got = Received(headers, await reader.readexactly(int(headers["content-length"])))
                self.received.append(got)
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    status, extra, body = await self.behave(got)
                finally:
                    self.at_once -= 1
                if 200 <= status < 300:
                    self.accepted.append(got)
                length = {} if status == 204 else {"content-length": str(len(body))}
                lines = "".join(f"{name}: {value}\r\n" for name, value in (extra | length).items())
                writer.write(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _read_head(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return ""


@asynccontextmanager
async def listening(behave: Behave = accept) -> AsyncIterator[Receiver]:
    """Run a receiver on a free port."""
    receiver = Receiver(behave=behave)
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        connections.add(task)
        task.add_done_callback(connections.discard)
        # A task that ends cancelled is reported as an error by the server.
        with suppress(asyncio.CancelledError):
            await receiver.answer(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
