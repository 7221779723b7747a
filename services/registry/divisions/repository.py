"""All SQL about divisions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import selectinload

from services.registry.divisions.errors import DivisionNotFound
from services.registry.divisions.models import Division, DivisionDesignation, ReferenceLoad
from shared.audit.models import Effect
from shared.audit.recording import record_act
from shared.db import Session, new_id
from shared.feed.reading import feed_state
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

    async def revision(self) -> tuple[str, int, str]:
        """Return what changes whenever the divisions do: the feed's epoch, their number and their last change."""
        count, last = (await self._session.execute(select(func.count(), func.max(Division.updated_at)))).one()
        return (await feed_state(self._session)).epoch, count, str(last)

    async def list_recorded(self) -> Sequence[Any]:
        """Return the columns of every division that an index needs, also of those out of force."""
        query = select(
            Division.code, Division.name, Division.parent_code, Division.full_name, Division.last_valid_on,
            Division.successor_codes, Division.former_names,
        )  # fmt: skip
        return (await self._session.execute(query.order_by(Division.code))).all()

    async def loaded_digest(self, name: str) -> str | None:
        """Return the digest of the reference table as it was loaded last."""
        load = await self._session.get(ReferenceLoad, name)
        return load.digest if load else None

    async def remember_load(self, name: str, digest: str) -> None:
        """Note which state of a reference table is loaded."""
        await self._session.merge(ReferenceLoad(name=name, digest=digest))

    async def add_all(self, divisions: Sequence[Division]) -> None:
        """Store new divisions with their designations, in few statements."""
        rows = [
            {column.key: getattr(division, column.key) for column in Division.__mapper__.column_attrs}
            for division in divisions
        ]
        labels = [
            {"id": new_id(), "division_id": division.id, "code": one.code, "source": one.source,
             "valid_from": one.valid_from, "last_valid_on": one.last_valid_on}
            for division in divisions for one in division.designations
        ]  # fmt: skip
        for table, values in ((Division, rows), (DivisionDesignation, labels)):
            if values:
                counted = insert(table).execution_options(audit="one entry that counts them: the load is public data")
                await self._session.execute(counted, values)
                await record_act(
                    self._session, Effect.CREATED, object_type=table.__tablename__, object_ids=["*"], times=len(values)
                )
