"""What one can do with an import: begin it, judge its file, apply its rows in steps, finish it."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import PurePosixPath
from uuid import UUID

from shared.auth.errors import NotAllowed, OutOfScope
from shared.auth.principals import Principal
from shared.db import Session
from shared.imports.errors import FileEmpty, FileRefused, ImportGivenUp
from shared.imports.models import Import, ImportRow, RowEffect, write_findings
from shared.imports.repository import ImportRepository, ImportWork
from shared.imports.rows import AppliedRow, FileKind, ReportedRow, add_findings
from shared.jobs import enqueue
from shared.operations import Operation, begin_operation, find_operation
from shared.privacy import contains_personal_data
from shared.workbooks.findings import Finding, Outcome, Severity
from shared.workbooks.reports import TableReport

JOB = "import_workbook"
LONGEST_NAME = 100
FORGOTTEN_AT_ONCE = 20
FEWEST_ROWS = 3
NEARLY_ALL = 0.9
"""From how many rows on, and from which part of them, what lies elsewhere makes a file another office's."""


async def begin_import(
    session: Session,
    *,
    kinds: Mapping[str, FileKind],
    kind: StrEnum,
    file_name: str,
    content: bytes,
    by: Principal,
    today: date,
) -> Operation:
    """
    Keep a file and enqueue its import; nothing is read here, and the rows are judged as of today.

    :raises NotAllowed: if another office imports this kind
    :raises OutOfScope: if the caller works under no division
    :raises FileEmpty: if nothing is in it
    """
    if by.role is not kinds[kind].sender:
        raise NotAllowed(pointer="/kind")
    if by.division is None:
        raise OutOfScope
    if not content:
        raise FileEmpty(pointer="/file")
    operation = await begin_operation(session, kind=f"import_{kind.value}", by=by)
    file = Import(
        kind=kind.value, file_name=_clean_name(file_name), content=content, size=len(content),
        sha256=hashlib.sha256(content).hexdigest(), operation_id=operation.id, submitted_by=by.signature,
        division=by.division, as_of=today,
    )  # fmt: skip
    await ImportRepository(session, kinds).add(file)
    await enqueue(session, JOB, {"import_id": str(file.id)}, once=f"{JOB} {file.id}")
    return operation


async def open_import(session: Session, *, import_id: UUID) -> Import | None:
    """Return an import with its file, or nothing if it is finished and the job only came again."""
    return await ImportWork(session).find_unfinished(import_id, with_content=True)


async def record_report(session: Session, *, import_id: UUID, report: TableReport) -> None:
    """Store what was found about the file itself, and how many rows there are to do."""
    file = await ImportWork(session).find_unfinished(import_id)
    if file is not None:
        file.judge(report)
        operation = await find_operation(session, file.operation_id, for_update=True)
        operation.advance(operation.steps_done, len(report.rows))


async def apply_rows(
    session: Session, *, import_id: UUID, kind: FileKind, rows: Sequence[ReportedRow], rows_done: int, at: datetime
) -> None:
    """Apply some rows and store their reports, except those that an earlier attempt applied."""
    work = ImportWork(session)
    file = await work.find_unfinished(import_id)
    if file is None:
        return
    applied = await work.find_applied(import_id, [row.report.row for row in rows])
    pending = [row for row in rows if row.report.row not in applied]
    stated = [row.stated for row in pending if row.stated is not None]
    effects: Mapping[int, AppliedRow] = {}
    if stated:
        effects = await kind.apply(session, rows=stated, file=file, by=file.in_name_of(kind.sender), at=at)
    await work.add_rows([_report_row(file, row, effects.get(row.report.row, AppliedRow())) for row in pending])
    operation = await find_operation(session, file.operation_id, for_update=True)
    operation.advance(max(operation.steps_done, rows_done))


async def finish_import(session: Session, *, import_id: UUID, service: str, at: datetime) -> None:
    """Sum up and end the operation, with an error if the file as a whole was refused."""
    ended = await _end_import(session, import_id=import_id, at=at)
    if ended is None:
        return
    file, operation, summary = ended
    if file.refused:
        operation.fail(FileRefused(), service=service, at=at, import_id=str(import_id), findings=file.findings)
    else:
        operation.succeed({"import_id": str(import_id), **summary}, at=at)


async def give_up_import(session: Session, *, import_id: UUID, service: str, at: datetime) -> None:
    """End an import that failed at every attempt; the rows applied so far stay, and are known when it is sent again."""
    ended = await _end_import(session, import_id=import_id, at=at)
    if ended is not None:
        _file, operation, summary = ended
        operation.fail(ImportGivenUp(), service=service, at=at, import_id=str(import_id), **summary)


async def _end_import(
    session: Session, *, import_id: UUID, at: datetime
) -> tuple[Import, Operation, dict[str, int]] | None:
    """Sum up the rows and forget the file; return nothing if it was finished already."""
    work = ImportWork(session)
    file = await work.find_unfinished(import_id)
    if file is None:
        return None
    await _look_back(work, file)
    counts = await work.count_rows(import_id)
    summary = {
        "accepted": counts[Outcome.ACCEPTED],
        "accepted_with_warning": counts[Outcome.ACCEPTED_WITH_WARNING],
        "rejected": counts[Outcome.REJECTED],
        "ignored": counts[Outcome.IGNORED],
        "created": counts[RowEffect.CREATED],
        "changed": counts[RowEffect.CHANGED],
        "unchanged": counts[RowEffect.UNCHANGED] + counts[RowEffect.KEPT],
    }
    file.finish(summary, at=at)
    return file, await find_operation(session, file.operation_id, for_update=True), summary


async def _look_back(work: ImportWork, file: Import) -> None:
    """Set right what rows say of others that the records refused, and say so if the file seems another office's."""
    counts, refused = await work.count_rows(file.id), await work.list_rejected(file.id)
    numbers = {str(one.row) for one in refused}
    for one in refused:
        one.correct(numbers)
    judged = counts[Outcome.ACCEPTED] + counts[Outcome.ACCEPTED_WITH_WARNING] + len(refused)
    if judged >= FEWEST_ROWS and sum(one.is_foreign for one in refused) >= judged * NEARLY_ALL:
        file.findings = [*file.findings, *write_findings([Finding("not_your_area", None, Severity.WARNING)])]


async def forget_imports(session: Session, *, before: datetime) -> int:
    """Forget some imports that were finished before an instant, with their row reports, and return how many."""
    return await ImportWork(session).delete_finished(before=before, limit=FORGOTTEN_AT_ONCE)


def _clean_name(file_name: str) -> str:
    """Return the last part of the name, or only its ending where the name may tell of a person."""
    path = PurePosixPath(file_name.replace("\\", "/"))
    name = "".join(character for character in path.name if character.isprintable())[-LONGEST_NAME:]
    return f"…{path.suffix[:10]}" if not name or contains_personal_data(name) else name


def _report_row(file: Import, row: ReportedRow, applied: AppliedRow) -> ImportRow:
    """Return the report of a row with what the records added to what the file said."""
    report = add_findings(row.report, applied.findings)
    return ImportRow(
        import_id=file.id, row=report.row, key=report.key, outcome=report.outcome,
        errors=write_findings(report.errors), warnings=write_findings(report.warnings),
        effect=applied.effect, subject_id=applied.subject_id,
    )  # fmt: skip
