"""Ask projects and registry for the contacts of a pairing's two sides; matching stores none of them."""

from uuid import UUID

import httpx
from pydantic import ValidationError

from shared.contracts.contacts import Contact
from shared.http import ServiceClient


class ContactOwnerSilent(Exception):
    """The owner of a contact does not answer, or answers what cannot be read."""


class ContactClient:
    """The contacts that the neighbours keep."""

    def __init__(self, *, registry: ServiceClient, projects: ServiceClient) -> None:
        self._registry, self._projects = registry, projects

    async def of_demand(self, demand_id: UUID) -> Contact | None:
        """
        Return the contact of a demand, or nothing if none is kept.

        :raises ContactOwnerSilent: if projects does not say
        """
        return await _fetch(self._projects, f"/v1/demands/{demand_id}/contact")

    async def of_organization(self, organization_id: UUID) -> Contact | None:
        """
        Return the contact of an organization, or nothing if none is kept.

        :raises ContactOwnerSilent: if registry does not say
        """
        return await _fetch(self._registry, f"/v1/organizations/{organization_id}/contact")

    async def close(self) -> None:
        """Give the connections back."""
        await self._registry.close()
        await self._projects.close()


async def _fetch(owner: ServiceClient, path: str) -> Contact | None:
    try:
        response = await owner.get(path)
        return Contact.model_validate(response.json())
    except httpx.HTTPStatusError as error:
        if error.response.status_code == httpx.codes.NOT_FOUND:
            return None
        raise ContactOwnerSilent(str(error.response.status_code)) from None
    except (httpx.HTTPError, ValueError, ValidationError) as error:
        # The text of the exception would hold what was answered.
        raise ContactOwnerSilent(type(error).__name__) from None
