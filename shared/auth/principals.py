"""The caller of a request, as its token tells it."""

from dataclasses import dataclass
from uuid import UUID

from shared.china.divisions import scope_prefix
from shared.contracts.codes import Role

WHOLE_PLATFORM = {Role.PROVINCIAL_OFFICER, Role.SERVICE}
BY_DIVISION = {Role.RURAL_OFFICER, Role.VILLAGE_EDITOR, Role.CIVIL_AFFAIRS_OFFICER}


@dataclass(frozen=True)
class Principal:
    """
    A known caller.

    ``division`` is the 12-digit code under which an office works; ``organization_id`` the organization that an
    organization's client speaks for; ``acting_for`` the grantor where an application acts for somebody (``act`` claim).
    ``subject`` names the caller on the whole platform: a plain name is registry's, ``<issuer>#<name>`` another's.
    """

    subject: str
    role: Role
    division: str | None = None
    organization_id: UUID | None = None
    acting_for: str | None = None
    issuer: str | None = None

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
