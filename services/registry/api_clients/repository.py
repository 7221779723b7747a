"""All SQL about API clients."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from services.registry.api_clients.errors import ApiClientAlreadyExists, ApiClientNotFound, ClientOrganizationUnknown
from services.registry.api_clients.models import ApiClient
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page


class ApiClientRepository:
    """API clients of one session; only the security administrator and the token endpoint come here."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, client: ApiClient) -> ApiClient:
        """
        Store a new or changed API client.

        :raises ApiClientAlreadyExists: if its ``client_id`` is taken
        :raises ClientOrganizationUnknown: if its organization is not on record
        """
        try:
            async with self._session.begin_nested():
                self._session.add(client)
        except IntegrityError as error:
            if "fk_api_clients_organization_id" in str(error.orig):
                raise ClientOrganizationUnknown(pointer="/organization_id") from None
            raise ApiClientAlreadyExists(pointer="/client_id") from None
        return client

    async def find(self, client_id: str) -> ApiClient | None:
        """Return the API client of this name, if there is one."""
        return (
            await self._session.execute(select(ApiClient).where(ApiClient.client_id == client_id))
        ).scalar_one_or_none()

    async def get(self, client_id: str, *, for_update: bool = False) -> ApiClient:
        """
        Return an API client, locked if it will be changed.

        :raises ApiClientNotFound: if there is none
        """
        query = select(ApiClient).where(ApiClient.client_id == client_id)
        found = (await self._session.execute(query.with_for_update() if for_update else query)).scalar_one_or_none()
        if found is None:
            raise ApiClientNotFound(pointer="path/client_id")
        return found

    async def list(self, *, page: PageRequest) -> Slice[ApiClient]:
        """Return a page of API clients by name."""
        return await read_page(self._session, select(ApiClient), order=[Sort(column=ApiClient.client_id)], page=page)
