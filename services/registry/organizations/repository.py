"""All SQL about organizations."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload
from sqlalchemy.sql.base import ExecutableOption

from services.registry.organizations.errors import (
    FiledBodyAlreadyRegistered,
    OrganizationAlreadyRegistered,
    OrganizationNotFound,
)
from services.registry.organizations.models import Organization
from services.registry.organizations.schemas import OrganizationFilter
from shared.auth.principals import Principal
from shared.china.divisions import scope_prefix
from shared.contracts.codes import EnrolmentStatus, Role
from shared.db import Session, whole_platform
from shared.paging import PageRequest, Slice, Sort, read_page


class OrganizationRepository:
    """Organizations of one session, each read narrowed to what the caller may know of."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def save(self, organization: Organization) -> Organization:
        """
        Store a new or changed organization.

        :raises OrganizationAlreadyRegistered: if another has its credit code
        :raises FiledBodyAlreadyRegistered: if another without a code has its name in its division
        """
        try:
            async with self._session.begin_nested():
                self._session.add(organization)
        except IntegrityError as error:
            if "uq_organizations_credit_code" in str(error.orig):
                raise OrganizationAlreadyRegistered(pointer="/credit_code") from None
            if "uq_organizations_filed" in str(error.orig):
                raise FiledBodyAlreadyRegistered(pointer="/name") from None
            raise
        return organization

    async def get(self, organization_id: UUID, *, visible_to: Principal, for_update: bool = False) -> Organization:
        """
        Return an organization that the caller may see; for a change, one that the caller keeps or is, locked.

        :raises OrganizationNotFound: if there is none, or it is not the caller's to know of
        """
        narrowed = _kept_by(visible_to) if for_update else _visible_to(visible_to)
        query = select(Organization).where(Organization.id == organization_id, narrowed).options(*load_whole())
        if for_update:
            query = query.with_for_update().execution_options(populate_existing=True)
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise OrganizationNotFound(pointer="path/organization_id")
        return found

    async def find_partner(
        self, *, organization_id: UUID | None = None, credit_code: str | None = None
    ) -> Organization | None:
        """Return any organization on record by id or credit code: partners are named across scopes."""
        named = Organization.id == organization_id if organization_id else Organization.credit_code == credit_code
        async with whole_platform(self._session):
            return (await self._session.execute(select(Organization).where(named))).scalar_one_or_none()

    async def lock_known(
        self, *, credit_codes: Collection[str], filed: Collection[tuple[str, str]]
    ) -> dict[str | tuple[str, str], Organization]:
        """Return, locked, the organizations of these codes and of these names and divisions, for the importer."""
        without_code = and_(
            Organization.credit_code.is_(None),
            tuple_(Organization.name, Organization.registered_division).in_(filed),
        )
        query = select(Organization).where(or_(Organization.credit_code.in_(credit_codes), without_code))
        # No populate_existing: it would unload the qualifications of one that another names as its fund-raiser.
        query = query.options(*load_whole()).order_by(Organization.id).with_for_update()
        found = (await self._session.execute(query)).scalars()
        return {one.credit_code or (one.name, one.registered_division): one for one in found}

    async def list(
        self, wanted: OrganizationFilter, *, visible_to: Principal, page: PageRequest
    ) -> Slice[Organization]:
        """Return a page of the organizations that the caller may see, in the order they were put on record."""
        query = (
            select(Organization).where(_visible_to(visible_to), *_conditions(wanted, visible_to)).options(*load_whole())
        )
        return await read_page(self._session, query, order=[Sort(column=Organization.id)], page=page)

    async def list_after(self, after: UUID | None, limit: int) -> Sequence[Organization]:
        """Return up to ``limit`` organizations by id, for the feed's snapshot."""
        query = select(Organization).options(*load_whole()).order_by(Organization.id).limit(limit)
        if after:
            query = query.where(Organization.id > after)
        return (await self._session.execute(query)).scalars().all()


def load_whole() -> tuple[ExecutableOption, ...]:
    """Return the options that load an organization with all that its snapshot tells."""
    return selectinload(Organization.fundraiser), selectinload(Organization.qualifications)


def _conditions(wanted: OrganizationFilter, by: Principal) -> list[ColumnElement[bool]]:
    exact = ("credit_code", "type", "credit_status", "enrolment_status", "source_number")
    conditions = [
        getattr(Organization, name) == value for name in exact if (value := getattr(wanted, name)) is not None
    ]
    if wanted.source_number is not None:
        # Only who sees the number may look for it: others must not learn which numbers an office has given.
        conditions.append(_fully_seen_by(by))
    if wanted.division:
        conditions.append(Organization.record_division.startswith(scope_prefix(wanted.division)))
    if wanted.name:
        # The trigram index serves both: the text as it stands, and a part of the name that is nearly the text.
        near = Organization.name.op("%>", is_comparison=True)(wanted.name)
        conditions.append(or_(Organization.name.icontains(wanted.name, autoescape=True), near))
    return conditions


def _kept_by(by: Principal) -> ColumnElement[bool]:
    """Return the condition of what the caller may change: its office's records, or itself."""
    if by.role is Role.CIVIL_AFFAIRS_OFFICER and by.prefix is not None:
        return Organization.record_division.startswith(by.prefix)
    if by.role is Role.ORGANIZATION and by.organization_id:
        return Organization.id == by.organization_id
    return false()


def _fully_seen_by(by: Principal) -> ColumnElement[bool]:
    """Return the condition of what the caller sees more of than the public does; ``sees_fully`` as SQL."""
    if by.role is Role.PROVINCIAL_OFFICER:
        return true()
    if by.role is Role.SUPERVISING_UNIT and by.organization_id:
        return Organization.id == by.organization_id
    return _kept_by(by)


def _visible_to(by: Principal) -> ColumnElement[bool]:
    """Return the condition of what the caller may know of."""
    if by.role is Role.PROVINCIAL_OFFICER:
        return true()
    if by.role is Role.CIVIL_AFFAIRS_OFFICER:
        return _kept_by(by)
    active = Organization.enrolment_status == EnrolmentStatus.ACTIVE
    if by.role in {Role.ORGANIZATION, Role.SUPERVISING_UNIT} and by.organization_id:
        return or_(active, Organization.id == by.organization_id)
    return active
