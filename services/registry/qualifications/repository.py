"""All SQL about qualifications."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from services.registry.organizations.models import Organization
from services.registry.organizations.repository import load_whole
from services.registry.qualifications.errors import QualificationAlreadySubmitted, QualificationNotFound
from services.registry.qualifications.models import Qualification
from shared.contracts.codes import QualificationStatus
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page


class QualificationRepository:
    """
    Qualifications of one session.

    They belong to organizations: who may see the organization is settled by its own repository first.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, organization: Organization, qualification: Qualification) -> Qualification:
        """
        Store a new qualification of an organization that the caller has locked.

        :raises QualificationAlreadySubmitted: if one of its kind waits for review
        """
        try:
            async with self._session.begin_nested():
                qualification.organization_id = organization.id
                self._session.add(qualification)
        except IntegrityError:
            raise QualificationAlreadySubmitted(pointer="/kind") from None
        organization.qualifications.append(qualification)
        return qualification

    async def get_owner_id(self, qualification_id: UUID) -> UUID:
        """
        Return the id of the organization that a qualification belongs to.

        :raises QualificationNotFound: if there is none of this id
        """
        query = select(Qualification.organization_id).where(Qualification.id == qualification_id)
        owner = (await self._session.execute(query)).scalar_one_or_none()
        if owner is None:
            raise QualificationNotFound(pointer="path/qualification_id")
        return owner

    async def list_of(self, organization_id: UUID, *, only_verified: bool, page: PageRequest) -> Slice[Qualification]:
        """Return a page of an organization's qualifications, oldest first."""
        query = select(Qualification).where(Qualification.organization_id == organization_id)
        if only_verified:
            query = query.where(Qualification.status == QualificationStatus.VERIFIED)
        return await read_page(self._session, query, order=[Sort(column=Qualification.id)], page=page)

    async def lock_owners_of_ended(self, *, today: date, limit: int) -> Sequence[Organization]:
        """Return, locked, organizations with a verified qualification that is past or whose renewal has begun."""
        renewal = aliased(Qualification)
        renewed = exists().where(
            renewal.organization_id == Qualification.organization_id,
            renewal.kind == Qualification.kind,
            renewal.status == QualificationStatus.VERIFIED,
            renewal.valid_from <= today,
            or_(renewal.last_valid_on.is_(None), renewal.last_valid_on >= today),
            renewal.valid_from > func.coalesce(Qualification.valid_from, date.min),
        )
        overdue = select(Qualification.organization_id).where(
            Qualification.status == QualificationStatus.VERIFIED, or_(Qualification.last_valid_on < today, renewed)
        )
        query = (
            select(Organization).where(Organization.id.in_(overdue)).options(*load_whole()).order_by(Organization.id)
        )
        query = query.limit(limit).with_for_update()
        return (await self._session.execute(query)).scalars().all()
