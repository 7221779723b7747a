"""Notices by e-mail over SMTP, each under a Message-ID that stays the same when it is sent again."""

import asyncio
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import parseaddr
from typing import Literal

from services.matching.remote.notifier import Address, Notice, NoticeDelayed, NoticeRefused
from shared.http import trusted_roots

Security = Literal["starttls", "tls", "none"]


class _WholeAddresses(EmailPolicy):
    """Writes List-Unsubscribe in one line: folded into encoded words, few would read it (RFC 2369)."""

    def fold(self, name: str, value: str) -> str:
        """Return a header as it is sent."""
        if name.lower() == "list-unsubscribe":
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return a header as it is sent, in bytes."""
        if name.lower() == "list-unsubscribe":
            return self.fold(name, value).encode("ascii")
        return bytes(super().fold_binary(name, value))


_POLICY = _WholeAddresses(linesep=SMTP.linesep)


@dataclass(frozen=True)
class SmtpNotifier:
    """Hands e-mails over to one server; ``sender`` is an address, with or without a name."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    security: Security = "starttls"
    timeout_seconds: float = 10.0

    def reaches(self, to: Address) -> bool:
        """Tell whether there is an e-mail address."""
        return to.email is not None

    async def send(self, notice: Notice) -> None:
        """
        Hand an e-mail over to the server.

        :raises NoticeRefused: if the server refuses the receiver or the message for good (5xx)
        :raises NoticeDelayed: if it cannot be reached, lets us not in, or says that it is a matter of time (4xx)
        """
        await asyncio.to_thread(self._send, self._write(notice))

    def _write(self, notice: Notice) -> EmailMessage:
        message = EmailMessage(policy=_POLICY)
        message["From"], message["To"], message["Subject"] = self.sender, notice.to.email or "", notice.subject
        message["Date"] = notice.at
        message["Message-ID"] = f"<{notice.key}@{parseaddr(self.sender)[1].rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's out-of-office note answers it
        if notice.unsubscribe_url:
            message["List-Unsubscribe"] = f"<{notice.unsubscribe_url}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(notice.text, cte="base64")
        return message

    def _send(self, message: EmailMessage) -> None:
        is_taken = False
        try:
            with self._connect() as server:
                if self.security == "starttls":
                    server.starttls(context=trusted_roots())
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
                is_taken = True
        except smtplib.SMTPRecipientsRefused as error:
            # The text would hold the address.
            raise _judge(next(iter(error.recipients.values()))[0]) from None
        except smtplib.SMTPDataError as error:
            raise _judge(error.smtp_code) from None
        except (smtplib.SMTPException, OSError) as error:
            # A refused sender or sign-in is ours to mend, not the receiver's; a farewell that failed is none.
            if not is_taken:
                raise NoticeDelayed(type(error).__name__) from None

    def _connect(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_seconds, context=trusted_roots())
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds)


def _judge(code: int) -> NoticeRefused | NoticeDelayed:
    return NoticeRefused(str(code)) if code >= 500 else NoticeDelayed(str(code))
