"""Report on an import as a workbook, and give out the empty forms."""

import asyncio
from uuid import UUID

from services.projects.imports.actions.checking import TEMPLATES
from services.projects.imports.errors import TemplateNotFound
from services.projects.imports.models import ImportKind, restore_findings
from services.projects.imports.repository import ImportRepository
from shared.auth.principals import Principal
from shared.db import Session
from shared.workbooks.reports import RowReport, TableReport
from shared.workbooks.writer import write_report, write_template


async def write_import_report(session: Session, *, import_id: UUID, by: Principal, language: str) -> bytes:
    """
    Return the row reports of an import as an xlsx workbook in ``zh-CN`` or ``en``.

    :raises ImportNotFound: if there is none, or it is another office's
    """
    repository = ImportRepository(session)
    imported = await repository.get(import_id, visible_to=by)
    rows = tuple(
        RowReport(row.row, row.key, row.outcome, restore_findings(row.errors), restore_findings(row.warnings))
        for row in await repository.all_rows(imported.id)
    )
    report = TableReport(restore_findings(imported.findings), sheet=imported.sheet, rows=rows)
    return await asyncio.to_thread(write_report, report, language=language)


async def write_import_template(_session: Session, *, kind: str) -> bytes:
    """
    Return the empty form of a kind as an xlsx workbook.

    :raises TemplateNotFound: if there is no such kind
    """
    if kind not in set(ImportKind):
        raise TemplateNotFound(pointer="path/kind")
    return await asyncio.to_thread(write_template, TEMPLATES[ImportKind(kind)])
