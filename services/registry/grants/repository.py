"""All SQL about grants."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import aliased

from services.registry.api_clients.models import ApiClient
from services.registry.grants.errors import GrantNotFound
from services.registry.grants.models import Grant
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page


def _visible_to(principal: Principal) -> ColumnElement[bool]:
    """Narrow to what was granted in the caller's name or, for an application, to it."""
    if principal.role is Role.SECURITY_ADMINISTRATOR:
        return true()
    if principal.role is Role.PARTNER_APPLICATION:
        return Grant.application == principal.subject
    return (Grant.grantor_role == principal.role) & (Grant.grantor_scope == principal.scope)


class GrantRepository:
    """Grants of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, grant: Grant) -> Grant:
        """Store a new grant."""
        self._session.add(grant)
        await self._session.flush()
        return grant

    async def get(self, grant_id: UUID, *, visible_to: Principal, for_update: bool = False) -> Grant:
        """
        Return a grant, locked if it will be changed.

        :raises GrantNotFound: if there is none that the caller may know of
        """
        query = select(Grant).where(Grant.id == grant_id, _visible_to(visible_to))
        found = (await self._session.execute(query.with_for_update() if for_update else query)).scalar_one_or_none()
        if found is None:
            raise GrantNotFound(pointer="path/grant_id")
        return found

    async def find_held(self, grant_id: UUID, *, application: str) -> Grant | None:
        """Return a grant if it was made to this application, whatever has become of it."""
        query = select(Grant).where(Grant.id == grant_id, Grant.application == application)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def list_page(self, *, visible_to: Principal, page: PageRequest) -> Slice[Grant]:
        """Return a page of the grants that the caller may know of, newest first."""
        order = [Sort(column=Grant.id, descending=True)]
        return await read_page(self._session, select(Grant).where(_visible_to(visible_to)), order=order, page=page)

    async def list_ended_early(self, *, at: datetime) -> Sequence[UUID]:
        """
        Return the ids of the grants that do not hold any more though their end is to come.

        That is, revoked ones, and those of which a party has ended or the grantor stands for something else by now.
        """
        application, grantor = aliased(ApiClient), aliased(ApiClient)
        ended = [
            condition
            for party in (application, grantor)
            for condition in (party.disabled_at.is_not(None), party.expires_at <= at)
        ]
        moved = [
            grantor.role.is_distinct_from(Grant.grantor_role),
            grantor.division.is_distinct_from(Grant.division),
            grantor.organization_id.is_distinct_from(Grant.organization_id),
            application.role != Role.PARTNER_APPLICATION,
        ]
        query = (
            select(Grant.id)
            .join(application, application.client_id == Grant.application)
            .join(grantor, grantor.client_id == Grant.granted_by)
            .where(Grant.ends_at > at, or_(Grant.revoked_at.is_not(None), *ended, *moved))
            .order_by(Grant.id)
        )
        return (await self._session.execute(query)).scalars().all()
