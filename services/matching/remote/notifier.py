"""What carries a message to a person: e-mail today, text messages and messengers by the same interface."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Address:
    """By what a person is reached; each notifier uses what it can."""

    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class Notice:
    """
    A message to one person.

    ``key`` names it for good: sent again after a crash it is the same message, which the receiver's side can tell.
    ``unsubscribe_url`` ends further ones by a single POST (RFC 8058).
    """

    key: str
    to: Address
    subject: str
    text: str
    at: datetime
    unsubscribe_url: str | None = None


class NoticeRefused(Exception):
    """The message will never arrive: the receiver's side refused it for good."""


class NoticeDelayed(Exception):
    """The message could not be handed over now; it may be sent again."""


class Notifier(Protocol):
    """Sends messages; whoever calls it holds no transaction open."""

    def reaches(self, to: Address) -> bool:
        """Tell whether it has a way to this address."""
        ...

    async def send(self, notice: Notice) -> None:
        """
        Hand a message over to whoever brings it to its receiver.

        :raises NoticeRefused: if it is refused for good
        :raises NoticeDelayed: if it may be sent again later
        """
        ...


class NoNotifier:
    """Reaches nobody: nothing is set up to send messages with."""

    def reaches(self, to: Address) -> bool:
        """Tell that there is no way."""
        return False

    async def send(self, notice: Notice) -> None:
        """
        Refuse.

        :raises NoticeDelayed: always, for it may be set up later
        """
        raise NoticeDelayed("no notifier is set up")


def name_in_line(text: str) -> str:
    """Return a title as part of a line: with line breaks it could pass for lines of the platform."""
    return " ".join(text.split())
