"""Apply one step of an import's rows: their effects, their reports and the progress in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.registry.imports.actions.state_organization import StatedRow, state_organization
from services.registry.imports.models import Import, ImportRow, write_finding
from services.registry.imports.repository import ImportRepository
from services.registry.imports.rows.organizations import OrganizationRow
from services.registry.organizations.repository import OrganizationRepository
from shared.db import Session
from shared.operations import find_operation
from shared.workbooks.findings import Outcome, Severity
from shared.workbooks.reports import RowReport


@dataclass(frozen=True)
class ImportUnit:
    """A row's report and, where the row was accepted, its typed values."""

    report: RowReport
    row: OrganizationRow | None


async def apply_rows(
    session: Session, *, import_id: UUID, units: Sequence[ImportUnit], done: int, total: int, at: datetime
) -> None:
    """
    Apply rows that are not applied yet; a replay after an interruption finds the earlier ones by their reports.

    ``done`` of ``total`` rows are through when this step is.
    """
    repository = ImportRepository(session)
    file = await repository.lock(import_id)
    if file.finished_at:
        return
    applied = await repository.applied(import_id, [unit.report.row for unit in units])
    pending = [unit for unit in units if unit.report.row not in applied]
    rows = [unit.row for unit in pending if unit.row]
    known = await OrganizationRepository(session).lock_known(
        credit_codes=[row.credit_code for row in rows if row.credit_code],
        filed=[(row.name, row.registered_region_code) for row in rows if not row.credit_code],
    )
    reports = []
    for unit in pending:
        stated = None
        if unit.row:
            key = unit.row.credit_code or (unit.row.name, unit.row.registered_region_code)
            stated = await state_organization(session, row=unit.row, known=known.get(key), file=file, at=at)
        reports.append(_report(file, unit.report, stated))
    await repository.add_rows(reports)
    operation = await find_operation(session, file.operation_id, for_update=True)
    operation.advance(done, total)
    await session.flush()


def _report(file: Import, report: RowReport, stated: StatedRow | None) -> ImportRow:
    """Return the report of a row with what the records added to what the file said."""
    if stated and stated.findings:
        errors = (*report.errors, *(one for one in stated.findings if one.severity is Severity.ERROR))
        warnings = (*report.warnings, *(one for one in stated.findings if one.severity is Severity.WARNING))
        outcome = Outcome.REJECTED if errors else Outcome.ACCEPTED_WITH_WARNING
        report = replace(report, errors=errors, warnings=warnings, outcome=outcome)
    return ImportRow(
        import_id=file.id,
        row=report.row,
        key=report.key,
        outcome=report.outcome,
        errors=[write_finding(one) for one in report.errors],
        warnings=[write_finding(one) for one in report.warnings],
        effect=stated.effect if stated else None,
        organization_id=stated.organization_id if stated else None,
    )
