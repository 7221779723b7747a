"""All SQL about imports."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import undefer

from services.projects.imports.errors import ImportNotFound
from services.projects.imports.models import IMPORTERS, Import, ImportRow
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page
from shared.workbooks.findings import Outcome


class ImportRepository:
    """Imports of one session; an office sees those of its division and its own kind."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, imported: Import) -> Import:
        """Store a new import."""
        self._session.add(imported)
        await self._session.flush()
        return imported

    async def get(self, import_id: UUID, *, visible_to: Principal) -> Import:
        """
        Return an import without its file.

        :raises ImportNotFound: if there is none, or it is another office's
        """
        query = select(Import).where(Import.id == import_id, _visible_to(visible_to))
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise ImportNotFound(pointer="path/import_id")
        return found

    async def get_unfinished(self, import_id: UUID) -> Import | None:
        """Return an import with its file, locked, for the worker that carries it out; None if it is finished."""
        unfinished = (Import.id == import_id, Import.finished_at.is_(None))
        query = select(Import).where(*unfinished).options(undefer(Import.content)).with_for_update()
        return (await self._session.execute(query)).scalar_one_or_none()

    async def list_page(self, *, visible_to: Principal, page: PageRequest) -> Slice[Import]:
        """Return a page of imports, newest first."""
        query = select(Import).where(_visible_to(visible_to))
        return await read_page(self._session, query, order=[Sort(column=Import.id, descending=True)], page=page)

    async def list_rows(
        self, import_id: UUID, *, visible_to: Principal, outcome: Outcome | None, page: PageRequest
    ) -> Slice[ImportRow]:
        """
        Return a page of the row reports of an import.

        :raises ImportNotFound: if there is none, or it is another office's
        """
        imported = await self.get(import_id, visible_to=visible_to)
        query = select(ImportRow).where(ImportRow.import_id == imported.id)
        if outcome:
            query = query.where(ImportRow.outcome == outcome)
        return await read_page(self._session, query, order=[Sort(column=ImportRow.row)], page=page)

    async def all_rows(self, import_id: UUID) -> list[ImportRow]:
        """Return every row report of an import that the caller was found to see."""
        query = select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.row)
        return [*(await self._session.execute(query)).scalars()]

    async def find_written(self, import_id: UUID, rows: Sequence[int]) -> set[int]:
        """Return those of the rows that an earlier attempt wrote."""
        written = select(ImportRow.row).where(ImportRow.import_id == import_id, ImportRow.row.in_(rows))
        return set((await self._session.execute(written)).scalars())

    async def add_rows(self, rows: Sequence[ImportRow]) -> None:
        """Store row reports."""
        self._session.add_all(rows)
        await self._session.flush()

    async def count(self, import_id: UUID) -> tuple[Counter[str], Counter[str]]:
        """Return the number of rows by outcome and by effect."""
        outcomes, effects = Counter[str](), Counter[str]()
        query = (
            select(ImportRow.outcome, ImportRow.effect, func.count())
            .where(ImportRow.import_id == import_id)
            .group_by(ImportRow.outcome, ImportRow.effect)
        )
        for outcome, effect, number in await self._session.execute(query):
            outcomes[outcome.value] += number
            if effect:
                effects[effect.value] += number
        return outcomes, effects


def _visible_to(by: Principal) -> ColumnElement[bool]:
    if by.role is Role.PROVINCIAL_OFFICER:
        return true()
    if by.prefix is None:
        return false()
    own = [Import.kind == kind for kind, role in IMPORTERS.items() if role is by.role]
    return or_(false(), *own) & Import.division.startswith(by.prefix, autoescape=True)
