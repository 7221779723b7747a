"""All SQL about contacts of demands."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from services.projects.contacts.errors import ContactNotFound
from services.projects.contacts.models import DemandContact
from services.projects.demands.models import Demand
from shared.contracts.codes import DemandStatus
from shared.db import Session


class ContactRepository:
    """Contacts of one session; whose they are is checked at the demand."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def put(self, contact: DemandContact) -> DemandContact:
        """Store a contact in the place of the one before."""
        kept = await self._session.merge(contact)
        await self._session.flush()
        return kept

    async def get(self, demand_id: UUID) -> DemandContact:
        """
        Return the contact of a demand.

        :raises ContactNotFound: if none is kept
        """
        found = await self._session.get(DemandContact, demand_id)
        if found is None:
            raise ContactNotFound(pointer="path/demand_id")
        return found

    async def delete(self, demand_id: UUID) -> None:
        """Forget the contact of a demand, if there is one."""
        kept = await self._session.get(DemandContact, demand_id)
        if kept is not None:
            await self._session.delete(kept)
            await self._session.flush()

    async def delete_closed(self, *, before: datetime, limit: int) -> int:
        """Forget some contacts of demands that were closed before an instant and return how many."""
        closed = (
            select(DemandContact)
            .join(Demand, Demand.id == DemandContact.demand_id)
            .where(Demand.status == DemandStatus.CLOSED, Demand.updated_at < before)
            .limit(limit)
        )
        # One by one, not in bulk: each leaves its entry in the audit log.
        forgotten = (await self._session.execute(closed)).scalars().all()
        for one in forgotten:
            await self._session.delete(one)
        await self._session.flush()
        return len(forgotten)
