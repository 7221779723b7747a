"""The caller of a request, as its token tells it, and how what it does is signed."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.china.divisions import scope_prefix
from shared.contracts.codes import Role

WHOLE_PLATFORM = {Role.PROVINCIAL_OFFICER, Role.SERVICE}
BY_DIVISION = {Role.RURAL_OFFICER, Role.VILLAGE_EDITOR, Role.CIVIL_AFFAIRS_OFFICER}
OFFICIALS = WHOLE_PLATFORM | BY_DIVISION
# A client_id has no space, and every other subject has a ":" or "#" before its first one.
SIGNED_FOR = re.compile("([a-z0-9._-]+) for (.+)", re.DOTALL)


@dataclass(frozen=True)
class GrantHeld:
    """What the caller's grantor lets an application do for it, and until when; ``application`` is its client_id."""

    id: UUID
    application: str
    scopes: frozenset[str]
    ends_at: datetime


@dataclass(frozen=True)
class Principal:
    """
    A known caller.

    ``division`` is the 12-digit code under which an office works; ``organization_id`` the organization that an
    organization's client speaks for. ``subject`` names the caller on the whole platform: a plain name is registry's,
    ``<issuer>#<name>`` another's. Where an application acts for somebody (``act`` claim, RFC 8693), all of these are
    the grantor's and ``grant`` tells of the application.
    """

    subject: str
    role: Role
    division: str | None = None
    organization_id: UUID | None = None
    issuer: str | None = None
    grant: GrantHeld | None = None

    @property
    def acting_by(self) -> str | None:
        """The client_id of the application that acts for the subject, if one does."""
        return self.grant.application if self.grant else None

    @property
    def scopes(self) -> frozenset[str] | None:
        """The scopes to which a grant narrows what the caller may do; ``None`` = all that the role may."""
        return self.grant.scopes if self.grant else None

    @property
    def sees_official_fields(self) -> bool:
        """
        Tell whether the caller may be shown what is for officials only (visibility class ``officials``).

        An office is; an application that acts for it is not, whatever was granted: it sees what the sides see.
        """
        return self.grant is None and self.role in OFFICIALS

    @property
    def asking_client(self) -> str:
        """Who sends the requests: the application, or else the subject itself."""
        return self.acting_by or self.subject

    @property
    def signature(self) -> str:
        """How the platform records who did something: the subject, or ``<application> for <subject>``."""
        return f"{self.acting_by} for {self.subject}" if self.acting_by else self.subject

    @property
    def prefix(self) -> str | None:
        """The prefix of the division codes in scope; empty = the whole country, ``None`` = no division at all."""
        if self.role in WHOLE_PLATFORM:
            return ""
        if self.role in BY_DIVISION and self.division:
            return scope_prefix(self.division)
        return None

    @property
    def scope(self) -> str:
        """
        What row-level security is told: whose rows the caller's transactions may see.

        ``platform``, ``rural:<prefix>``, ``civil:<prefix>``, ``organization:<id>``, ``unit:<id>`` for who supervises an
        organization, or ``public`` for who sees what is published, such as an officer whose token names no division.
        Administrators have no part in the business: ``security`` sees the clients alone, the others' scope is empty.
        """
        if self.role in WHOLE_PLATFORM:
            return "platform"
        if self.role in {Role.RURAL_OFFICER, Role.VILLAGE_EDITOR} and self.prefix is not None:
            return f"rural:{self.prefix}"
        if self.role is Role.CIVIL_AFFAIRS_OFFICER and self.prefix is not None:
            return f"civil:{self.prefix}"
        if self.role is Role.ORGANIZATION and self.organization_id:
            return f"organization:{self.organization_id}"
        if self.role is Role.SUPERVISING_UNIT and self.organization_id:
            return f"unit:{self.organization_id}"
        if self.role is Role.SECURITY_ADMINISTRATOR:
            return "security"
        return "" if self.role in {Role.SYSTEM_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR} else "public"

    def covers(self, division: str | None) -> bool:
        """Tell whether a 12-digit division lies within the caller's scope."""
        return division is not None and self.prefix is not None and division.startswith(self.prefix)

    def speaks_for(self, organization_id: UUID) -> bool:
        """Tell whether the caller is this organization."""
        return self.role is Role.ORGANIZATION and self.organization_id == organization_id

    def has_signed(self, signature: str | None) -> bool:
        """Tell whether the caller, as the subject or as the application, has a part in what bears a signature."""
        return bool(read_signature(signature) & {self.subject, self.acting_by})


def read_signature(signature: str | None) -> set[str]:
    """Return everybody whom a signature names: one, or the application and for whom it acted."""
    if signature is None:
        return set()
    both = SIGNED_FOR.fullmatch(signature)
    return set(both.groups()) if both else {signature}
