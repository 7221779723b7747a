"""All SQL about divisions."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from services.registry.divisions.errors import DivisionNotFound
from services.registry.divisions.models import Division
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page


class DivisionRepository:
    """Divisions of one session; they are public, so nobody's view is narrowed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get_by_code(self, code: str) -> Division:
        """
        Return a division by its 12-digit code.

        :raises DivisionNotFound: if there is none
        """
        query = select(Division).where(Division.code == code).options(selectinload(Division.designations))
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise DivisionNotFound(pointer="path/code")
        return found

    async def list_below(self, parent_code: str | None, *, name: str | None, page: PageRequest) -> Slice[Division]:
        """Return the divisions in force right below a parent (the provinces without one), by code."""
        query = select(Division).where(Division.last_valid_on.is_(None)).options(selectinload(Division.designations))
        if name:
            query = query.where(Division.name.startswith(name, autoescape=True))
        if parent_code or not name:
            query = query.where(Division.parent_code == parent_code if parent_code else Division.level == "province")
        return await read_page(self._session, query, order=[Sort(column=Division.code)], page=page)

    async def all_by_code(self) -> dict[str, Division]:
        """Return every division by its code."""
        query = select(Division).options(selectinload(Division.designations))
        return {division.code: division for division in (await self._session.execute(query)).scalars()}

    async def list_after(self, after: UUID | None, limit: int) -> list[Division]:
        """Return up to ``limit`` divisions by id, for the feed's snapshot."""
        query = select(Division).options(selectinload(Division.designations)).order_by(Division.id).limit(limit)
        if after:
            query = query.where(Division.id > after)
        return list((await self._session.execute(query)).scalars())
