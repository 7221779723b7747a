"""What the supplies' form needs to know of organizations: a directory that somebody else keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OrganizationReference:
    """An organization that exists, as far as a supply must name it."""

    organization_id: UUID
    name: str
    credit_code: str | None


class OrganizationDirectory(Protocol):
    """Look organizations up by what a sheet says of them."""

    def find_by_credit_code(self, credit_code: str) -> OrganizationReference | None:
        """Return the organization of a normalised credit code."""

    def find_by_name(self, name: str) -> Sequence[OrganizationReference]:
        """Return the organizations of a name, spaces and width of characters aside."""
