"""End an import and its operation with the numbers of its rows."""

from datetime import datetime
from uuid import UUID

from services.registry.imports.errors import FileRefused
from services.registry.imports.models import RowEffect, write_finding
from services.registry.imports.repository import ImportRepository
from shared.db import Session
from shared.operations import find_operation
from shared.workbooks.findings import Outcome
from shared.workbooks.reports import TableReport

NUMBERS = {
    "accepted": Outcome.ACCEPTED,
    "accepted_with_warning": Outcome.ACCEPTED_WITH_WARNING,
    "rejected": Outcome.REJECTED,
    "ignored": Outcome.IGNORED,
    "created": RowEffect.CREATED,
    "changed": RowEffect.CHANGED,
    "unchanged": RowEffect.UNCHANGED,
}


async def finish_import(session: Session, *, import_id: UUID, report: TableReport, at: datetime) -> None:
    """
    End an import, once; a file that was refused as a whole fails the operation.

    :raises ImportNotFound: if there is none
    """
    repository = ImportRepository(session)
    file = await repository.lock(import_id)
    if file.finished_at:
        return
    file.findings = [write_finding(finding) for finding in report.findings]
    file.sheet = report.sheet
    counts = await repository.count_rows(import_id)
    summary = {name: counts[code.value] for name, code in NUMBERS.items()}
    file.finish(summary, refused=report.refused, at=at)
    operation = await find_operation(session, file.operation_id, for_update=True)
    if report.refused:
        title, remedy = FileRefused.title, FileRefused.remedy
        problem = {
            "type": f"/registry/problems/{FileRefused.slug()}",
            "title": f"{title.zh} · {title.en}",
            "detail": f"{remedy.zh} · {remedy.en}",
            "import_id": str(import_id),
            "findings": file.findings,
        }
        operation.fail(problem, at=at)
    else:
        operation.succeed({"import_id": str(import_id), **summary}, at=at)
    await session.flush()
