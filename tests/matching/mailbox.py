"""A real SMTP server on loopback that keeps what it takes, and says what it is told to say."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class Mailbox:
    """What arrived; what the server answers to a receiver (``to``) and a message (``data``), and does before."""

    port: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    taken: Callable[[], None] = lambda: None
    to: str = "250 OK"
    data: str = "250 OK"

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _o: Any) -> str:  # noqa: N802
        if self.to.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.raw.append(bytes(envelope.content or b""))
            self.received.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
            self.taken()
        return self.data

    def let_in(self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        self.signed_in.append(f"{mechanism} {data.login.decode()} {data.password.decode()}")
        right = data.password == b"right"
        return AuthResult(success=right, handled=right)

    def texts(self) -> list[str]:
        """Return the texts of what arrived."""
        return [str(one.get_content()).replace("\r\n", "\n") for one in self.received]


@asynccontextmanager
async def taking_mail(**options: Any) -> AsyncIterator[Mailbox]:
    """Take mail on a free port until the end."""
    mailbox = Mailbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(mailbox, hostname="mail.test", authenticator=mailbox.let_in, **options), "127.0.0.1", 0
    )
    mailbox.port = server.sockets[0].getsockname()[1]
    async with server:
        yield mailbox
