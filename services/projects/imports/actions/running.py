"""Carry an import out in steps; a step that was done is not done again, however often the job runs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.projects.divisions.actions import load_division_index
from services.projects.imports.actions.checking import CheckedRow, MirroredOrganizations, PreparedImport
from services.projects.imports.actions.writing import Written, write_demands, write_supplies
from services.projects.imports.errors import FileRefused
from services.projects.imports.models import Import, ImportRow, store_findings
from services.projects.imports.repository import ImportRepository
from services.projects.imports.rows.demands import DemandRow
from services.projects.imports.rows.supplies import SupplyRow
from services.projects.organizations.repository import OrganizationRepository
from shared.db import Session
from shared.operations import find_operation
from shared.workbooks.findings import Outcome
from shared.workbooks.reports import TableReport


async def prepare_import(session: Session, *, import_id: UUID) -> PreparedImport | None:
    """Return what judging the file needs, or nothing if the import is finished."""
    imported = await ImportRepository(session).get_unfinished(import_id)
    if imported is None or imported.content is None:
        return None
    prefix = imported.importer.prefix or ""
    return PreparedImport(
        kind=imported.kind,
        content=imported.content,
        file_name=imported.file_name,
        importer=imported.importer,
        as_of=imported.as_of,
        divisions=await load_division_index(session),
        organizations=MirroredOrganizations(await OrganizationRepository(session).list_under(prefix)),
    )


async def record_report(session: Session, *, import_id: UUID, report: TableReport) -> None:
    """Store what was found about the file itself, and how many rows there are to do."""
    imported = await ImportRepository(session).get_unfinished(import_id)
    if imported is not None:
        imported.findings, imported.sheet = store_findings(report.findings), report.sheet
        imported.refused = report.refused
        operation = await find_operation(session, imported.operation_id, for_update=True)
        operation.advance(operation.steps_done, len(report.rows))


async def apply_rows(session: Session, *, import_id: UUID, rows: Sequence[CheckedRow], rows_done: int) -> None:
    """Write some rows with their reports, except those that an earlier attempt wrote."""
    repository = ImportRepository(session)
    imported = await repository.get_unfinished(import_id)
    if imported is None:
        return
    written = await repository.find_written(import_id, [row.report.row for row in rows])
    missing = [row for row in rows if row.report.row not in written]
    effects = await _write(session, missing, imported)
    await repository.add_rows([_row_report(row, imported, effects.get(row.report.row)) for row in missing])
    operation = await find_operation(session, imported.operation_id, for_update=True)
    operation.advance(max(operation.steps_done, rows_done))


async def finish_import(session: Session, *, import_id: UUID, at: datetime) -> None:
    """Sum up and end the operation, with an error if the file as a whole was refused."""
    repository = ImportRepository(session)
    imported = await repository.get_unfinished(import_id)
    if imported is None:
        return
    outcomes, effects = await repository.count(import_id)
    summary = {
        "accepted": outcomes[Outcome.ACCEPTED],
        "accepted_with_warning": outcomes[Outcome.ACCEPTED_WITH_WARNING],
        "rejected": outcomes[Outcome.REJECTED],
        "ignored": outcomes[Outcome.IGNORED],
        "created": effects["created"],
        "changed": effects["changed"],
        "unchanged": effects["unchanged"] + effects["kept"],
    }
    imported.finish(summary, at=at)
    operation = await find_operation(session, imported.operation_id, for_update=True)
    if imported.refused:
        refusal = {
            "type": f"/projects/problems/{FileRefused.slug()}",
            "title": " ".join(FileRefused.title),
            "detail": " ".join(FileRefused.remedy),
            "import_id": str(import_id),
        }
        operation.fail(refusal, at=at)
    else:
        operation.succeed({"import_id": str(import_id), **summary}, at=at)


async def _write(session: Session, rows: Sequence[CheckedRow], imported: Import) -> dict[int, Written]:
    stated = [row.stated for row in rows]
    demands = [one for one in stated if isinstance(one, DemandRow)]
    supplies = [one for one in stated if isinstance(one, SupplyRow)]
    written: dict[int, Written] = {}
    if demands:
        written |= await write_demands(session, rows=demands, imported=imported)
    if supplies:
        written |= await write_supplies(session, rows=supplies, imported=imported)
    return written


def _row_report(row: CheckedRow, imported: Import, written: Written | None) -> ImportRow:
    effect, subject_id = written or (None, None)
    report = row.report
    return ImportRow(
        import_id=imported.id, row=report.row, key=report.key, outcome=report.outcome,
        errors=store_findings(report.errors), warnings=store_findings(report.warnings),
        effect=effect, subject_id=subject_id,
    )  # fmt: skip
