"""All SQL about imports, and the columns of divisions that an index is built from."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import undefer

from services.registry.divisions.models import Division
from services.registry.imports.errors import ImportNotFound
from services.registry.imports.models import Import, ImportRow
from shared.auth.principals import Principal
from shared.china.divisions import DivisionChange, DivisionRow
from shared.db import Session
from shared.feed.reading import feed_state
from shared.paging import PageRequest, Slice, Sort, read_page
from shared.workbooks.findings import Outcome


class ImportRepository:
    """Imports of one session, narrowed to the offices that the caller covers; the job reads its own by id."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, file: Import) -> Import:
        """Store a new import with its file."""
        self._session.add(file)
        await self._session.flush()
        return file

    async def get(self, import_id: UUID, *, visible_to: Principal) -> Import:
        """
        Return an import without its file.

        :raises ImportNotFound: if there is none, or it is another office's
        """
        return await self._one(select(Import).where(Import.id == import_id, _visible_to(visible_to)))

    async def get_with_content(self, import_id: UUID) -> Import:
        """
        Return an import with its file, for the job that carries it out.

        :raises ImportNotFound: if there is none
        """
        return await self._one(select(Import).where(Import.id == import_id).options(undefer(Import.content)))

    async def lock(self, import_id: UUID) -> Import:
        """
        Return an import, locked, so that two workers never write the same step.

        :raises ImportNotFound: if there is none
        """
        query = select(Import).where(Import.id == import_id).with_for_update()
        return await self._one(query.execution_options(populate_existing=True))

    async def list(self, *, visible_to: Principal, page: PageRequest) -> Slice[Import]:
        """Return a page of imports, the newest first."""
        newest = [Sort(column=Import.id, descending=True)]
        return await read_page(self._session, select(Import).where(_visible_to(visible_to)), order=newest, page=page)

    async def list_rows(self, import_id: UUID, *, outcome: Outcome | None, page: PageRequest) -> Slice[ImportRow]:
        """Return a page of the row reports of an import, in the order of the sheet."""
        query = select(ImportRow).where(ImportRow.import_id == import_id)
        if outcome:
            query = query.where(ImportRow.outcome == outcome)
        return await read_page(self._session, query, order=[Sort(column=ImportRow.row)], page=page)

    async def all_rows(self, import_id: UUID) -> Sequence[ImportRow]:
        """Return every row report of an import, in the order of the sheet."""
        query = select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.row)
        return (await self._session.execute(query)).scalars().all()

    async def applied(self, import_id: UUID, numbers: Collection[int]) -> set[int]:
        """Return which of these rows are applied already."""
        query = select(ImportRow.row).where(ImportRow.import_id == import_id, ImportRow.row.in_(numbers))
        return set((await self._session.execute(query)).scalars())

    async def add_rows(self, rows: Iterable[ImportRow]) -> None:
        """Store the reports of rows."""
        self._session.add_all(rows)
        await self._session.flush()

    async def count_rows(self, import_id: UUID) -> Counter[str]:
        """Return the number of rows by outcome and by effect."""
        query = select(ImportRow.outcome, ImportRow.effect, func.count()).where(ImportRow.import_id == import_id)
        counts: Counter[str] = Counter()
        for outcome, effect, count in await self._session.execute(query.group_by(ImportRow.outcome, ImportRow.effect)):
            counts[outcome.value] += count
            if effect:
                counts[effect.value] += count
        return counts

    async def divisions_version(self) -> tuple[str, int, str]:
        """Return what changes whenever the divisions do: the feed's epoch, their number and their last change."""
        count, last = (await self._session.execute(select(func.count(), func.max(Division.updated_at)))).one()
        return (await feed_state(self._session)).epoch, count, str(last)

    async def division_facts(self) -> tuple[Sequence[DivisionRow], Sequence[DivisionChange]]:
        """Return the divisions in force, and the codes and names that they replaced."""
        query = select(
            Division.code, Division.name, Division.parent_code, Division.full_name, Division.last_valid_on,
            Division.successor_codes, Division.former_names,
        ).order_by(Division.code)  # fmt: skip
        rows: list[DivisionRow] = []
        changes: list[DivisionChange] = []
        for code, name, parent, full_name, last_valid_on, successors, former in await self._session.execute(query):
            if last_valid_on is None:
                rows.append(DivisionRow(code, name, parent, full_name))
            changes += [DivisionChange(code, name, successor) for successor in successors]
            changes += [DivisionChange(code, old, code) for old in former]
        return rows, changes

    async def _one(self, query: Any) -> Import:
        found: Import | None = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise ImportNotFound(pointer="path/import_id")
        return found


def _visible_to(by: Principal) -> ColumnElement[bool]:
    """Return the condition of the imports of the offices that the caller covers."""
    return false() if by.prefix is None else Import.division.startswith(by.prefix)
