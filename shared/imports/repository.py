"""All SQL about imports."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, false, func, select, true
from sqlalchemy.orm import undefer

from shared.audit.models import Effect
from shared.audit.recording import record_act
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Session
from shared.imports.errors import ImportNotFound, ImportStillRunning
from shared.imports.models import Import, ImportRow
from shared.imports.rows import FileKind
from shared.paging import PageRequest, Slice, Sort, read_page
from shared.workbooks.findings import Outcome


class ImportRepository:
    """Imports of one session; an office sees those of its division and of the kinds that it sends."""

    def __init__(self, session: Session, kinds: Mapping[str, FileKind]) -> None:
        self._session = session
        self._kinds = kinds

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
        query = select(Import).where(Import.id == import_id, self._visible_to(visible_to))
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise ImportNotFound(pointer="path/import_id")
        return found

    async def get_finished(self, import_id: UUID, *, visible_to: Principal) -> Import:
        """
        Return an import that is done, without its file.

        :raises ImportNotFound: if there is none, or it is another office's
        :raises ImportStillRunning: while its rows are being applied
        """
        file = await self.get(import_id, visible_to=visible_to)
        if file.finished_at is None:
            raise ImportStillRunning(operation_id=str(file.operation_id))
        return file

    async def list_page(self, *, visible_to: Principal, page: PageRequest) -> Slice[Import]:
        """Return a page of imports, the newest first."""
        query = select(Import).where(self._visible_to(visible_to))
        return await read_page(self._session, query, order=[Sort(column=Import.id, descending=True)], page=page)

    async def list_rows(
        self, import_id: UUID, *, visible_to: Principal, outcome: Outcome | None, page: PageRequest
    ) -> Slice[ImportRow]:
        """
        Return a page of the row reports of an import, in the order of the sheet.

        :raises ImportNotFound: if there is none, or it is another office's
        """
        file = await self.get(import_id, visible_to=visible_to)
        query = select(ImportRow).where(ImportRow.import_id == file.id)
        if outcome:
            query = query.where(ImportRow.outcome == outcome)
        return await read_page(self._session, query, order=[Sort(column=ImportRow.row)], page=page)

    async def all_rows(self, import_id: UUID) -> Sequence[ImportRow]:
        """Return every row report of an import that the caller was found to see."""
        query = select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.row)
        return (await self._session.execute(query)).scalars().all()

    def _visible_to(self, by: Principal) -> ColumnElement[bool]:
        if by.role is Role.PROVINCIAL_OFFICER:
            return true()
        if by.prefix is None:
            return false()
        own = [name for name, kind in self._kinds.items() if kind.sender is by.role]
        return Import.kind.in_(own) & Import.division.startswith(by.prefix, autoescape=True)


class ImportWork:
    """An import as the worker sees it that carries it out."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def find_unfinished(self, import_id: UUID, *, with_content: bool = False) -> Import | None:
        """Return an import, locked, so that two workers never write the same step; None once it is finished."""
        query = select(Import).where(Import.id == import_id, Import.finished_at.is_(None)).with_for_update()
        query = query.options(undefer(Import.content)) if with_content else query
        return (await self._session.execute(query)).scalar_one_or_none()

    async def find_applied(self, import_id: UUID, numbers: Collection[int]) -> set[int]:
        """Return those of the rows that an earlier attempt applied."""
        query = select(ImportRow.row).where(ImportRow.import_id == import_id, ImportRow.row.in_(numbers))
        return set((await self._session.execute(query)).scalars())

    async def add_rows(self, rows: Iterable[ImportRow]) -> None:
        """Store the reports of rows."""
        self._session.add_all(rows)
        await self._session.flush()

    async def list_rejected(self, import_id: UUID) -> Sequence[ImportRow]:
        """Return the reports of the rows that were refused."""
        query = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.outcome == Outcome.REJECTED)
        return (await self._session.execute(query)).scalars().all()

    async def count_rows(self, import_id: UUID) -> Counter[str]:
        """Return the number of rows by outcome and by effect."""
        query = select(ImportRow.outcome, ImportRow.effect, func.count()).where(ImportRow.import_id == import_id)
        counts: Counter[str] = Counter()
        for outcome, effect, count in await self._session.execute(query.group_by(ImportRow.outcome, ImportRow.effect)):
            counts[outcome.value] += count
            if effect:
                counts[effect.value] += count
        return counts

    async def delete_finished(self, *, before: datetime, limit: int) -> int:
        """Forget some imports that were finished before an instant, with the reports of their rows; return how many."""
        query = select(Import.id).where(Import.finished_at < before).order_by(Import.id).limit(limit)
        old = list((await self._session.execute(query.with_for_update(skip_locked=True))).scalars())
        await self._session.execute(delete(ImportRow).where(ImportRow.import_id.in_(old)))
        gone = delete(Import).where(Import.id.in_(old)).execution_options(audit="an entry for each import, below")
        await self._session.execute(gone)
        await record_act(self._session, Effect.DELETED, object_type=Import.__tablename__, object_ids=old)
        return len(old)
