"""All SQL about API clients."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from services.registry.api_clients.errors import ApiClientAlreadyExists, ApiClientNotFound, ClientOrganizationUnknown
from services.registry.api_clients.models import ApiClient, ApiClientSecret
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page

USE_NOTED_EVERY = timedelta(minutes=1)


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
        query = select(ApiClient).where(ApiClient.client_id == client_id).options(selectinload(ApiClient.secrets))
        return (await self._session.execute(query)).scalar_one_or_none()

    async def get(self, client_id: str, *, for_update: bool = False) -> ApiClient:
        """
        Return an API client, locked if it will be changed.

        :raises ApiClientNotFound: if there is none
        """
        query = select(ApiClient).where(ApiClient.client_id == client_id).options(selectinload(ApiClient.secrets))
        if for_update:
            query = query.with_for_update(of=ApiClient).execution_options(populate_existing=True)
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise ApiClientNotFound(pointer="path/client_id")
        return found

    async def list(self, *, page: PageRequest) -> Slice[ApiClient]:
        """Return a page of API clients by name."""
        query = select(ApiClient).options(selectinload(ApiClient.secrets))
        return await read_page(self._session, query, order=[Sort(column=ApiClient.client_id)], page=page)

    async def note_use(self, secret: ApiClientSecret, *, at: datetime) -> None:
        """Note that a secret was used, at most once a minute; no version counts it."""
        if secret.last_used_at is not None and at - secret.last_used_at < USE_NOTED_EVERY:
            return
        before = ApiClientSecret.last_used_at.is_not_distinct_from(secret.last_used_at)
        noted = update(ApiClientSecret).where(ApiClientSecret.id == secret.id, before).values(last_used_at=at)
        await self._session.execute(
            noted.execution_options(synchronize_session=False, audit="a stamp of last use is no act")
        )

    async def list_disabled_since(self, since: datetime) -> Sequence[str]:
        """Return the names of the API clients that were disabled lately."""
        query = select(ApiClient.client_id).where(ApiClient.disabled_at > since).order_by(ApiClient.client_id)
        return (await self._session.execute(query)).scalars().all()

    async def list_revoked_since(self, since: datetime) -> Sequence[UUID]:
        """Return the ids of the secrets that were revoked lately."""
        query = select(ApiClientSecret.id).where(ApiClientSecret.revoked_at > since).order_by(ApiClientSecret.id)
        return (await self._session.execute(query)).scalars().all()
