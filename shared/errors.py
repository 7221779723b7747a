"""Domain errors: one class per cause, each with a title and a remedy in Chinese and English, and no framework."""

import re
from typing import Any, ClassVar, NamedTuple
from uuid import UUID


class Text(NamedTuple):
    """A text for people in both languages; ``{name}`` is filled from the facts of the error."""

    zh: str
    en: str


class DomainError(Exception):
    """
    The base of every error that a caller can cause and mend.

    ``facts`` fill the texts and must never hold personal data; ``pointer`` is the JSON pointer of the field at fault.
    ``object_id`` tells the audit log, and nobody else, of which object a stranger's request was.
    """

    status: ClassVar[int]
    title: ClassVar[Text]
    remedy: ClassVar[Text]

    def __init__(self, *, pointer: str | None = None, **facts: Any) -> None:
        super().__init__(self.slug())
        self.pointer = pointer
        self.object_id: UUID | None = facts.pop("object_id", None)
        self.facts = facts

    @classmethod
    def slug(cls) -> str:
        """Return the last part of the problem's ``type``: the class name in kebab case."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()

    def text(self, which: str, language: str) -> str:
        """Return ``title`` or ``remedy`` in ``zh`` or ``en``, filled with the facts."""
        template: Text = getattr(self, which)
        return str(getattr(template, language)).format_map(_Facts(self.facts))


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


class BadRequest(DomainError):
    """The request cannot be understood at all."""

    status = 400


class Unauthenticated(DomainError):
    """The caller is not known; ``challenge`` tells how to make oneself known (RFC 9110 section 11.6.1)."""

    status = 401
    challenge: ClassVar[str] = "Bearer"


class Forbidden(DomainError):
    """The caller is known and may not do this."""

    status = 403


class NotFound(DomainError):
    """There is no such thing, or the caller may not know of it."""

    status = 404


class Conflict(DomainError):
    """The state of the thing does not allow it now."""

    status = 409


class Gone(DomainError):
    """It was there and is not any more."""

    status = 410


class PreconditionFailed(DomainError):
    """The thing has changed since the caller saw it."""

    status = 412


class PayloadTooLarge(DomainError):
    """The request is larger than is taken."""

    status = 413


class UnsupportedMedia(DomainError):
    """The content is of a kind that is not read."""

    status = 415


class InvalidInput(DomainError):
    """The request is understood, and a value in it is wrong."""

    status = 422


class PreconditionRequired(DomainError):
    """The caller must say which state it has seen."""

    status = 428


class TooManyRequests(DomainError):
    """The caller asks too often."""

    status = 429


class Unavailable(DomainError):
    """It cannot be done now and may work later."""

    status = 503


CATEGORIES: tuple[type[DomainError], ...] = (
    BadRequest, Unauthenticated, Forbidden, NotFound, Conflict, Gone, PreconditionFailed, PayloadTooLarge,
    UnsupportedMedia, InvalidInput, PreconditionRequired, TooManyRequests, Unavailable,
)  # fmt: skip


def causes(service: str | None = None) -> list[type[DomainError]]:
    """Return the concrete error classes that are loaded, by slug: all, or those of ``shared`` and one service."""
    found: dict[str, type[DomainError]] = {}
    pending = [*CATEGORIES]
    while pending:
        for child in pending.pop().__subclasses__():
            pending.append(child)
            owner = child.__module__.split(".")
            foreign = service is not None and owner[0] == "services" and owner[1] != service
            if "title" in child.__dict__ and not foreign:
                found[child.slug()] = child
    return [found[slug] for slug in sorted(found)]
