"""All SQL about the history of supervision."""

from uuid import UUID

from sqlalchemy import select

from services.registry.credit.models import SupervisionKind, SupervisionRecord
from services.registry.organizations.models import DataSource, Organization
from shared.contracts.codes import CreditStatus
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page


class SupervisionRepository:
    """Records of one session; who may see the organization is settled by its own repository first."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, record: SupervisionRecord) -> None:
        """Add a record, written with the next flush."""
        self._session.add(record)

    async def find_annual_check(self, organization_id: UUID, year: int) -> SupervisionRecord | None:
        """Return the newest record of an organization's annual check of a year."""
        mine = (SupervisionRecord.organization_id == organization_id, SupervisionRecord.year == year)
        query = select(SupervisionRecord).where(*mine).order_by(SupervisionRecord.id.desc()).limit(1)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def is_listed_otherwise(self, organization: Organization) -> bool:
        """Tell whether an organization stands on a credit list by a record that did not come from an import."""
        if organization.credit_status is CreditStatus.NORMAL:
            return False
        standing = SupervisionRecord.kind == SupervisionKind.CREDIT_STANDING
        mine = (SupervisionRecord.organization_id == organization.id, standing)
        query = select(SupervisionRecord.source).where(*mine).order_by(SupervisionRecord.id.desc()).limit(1)
        return (await self._session.execute(query)).scalar_one_or_none() is not DataSource.IMPORTED

    async def list_of(
        self, organization_id: UUID, *, kind: SupervisionKind | None, page: PageRequest
    ) -> Slice[SupervisionRecord]:
        """Return a page of an organization's records, the newest first."""
        query = select(SupervisionRecord).where(SupervisionRecord.organization_id == organization_id)
        if kind:
            query = query.where(SupervisionRecord.kind == kind)
        newest = [Sort(column=SupervisionRecord.id, descending=True)]
        return await read_page(self._session, query, order=newest, page=page)
