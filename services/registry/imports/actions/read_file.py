"""Judge a file of organizations, and put its rows into the order in which they are applied."""

from collections.abc import Callable
from dataclasses import replace

from services.registry.divisions.actions import load_division_index
from services.registry.imports.rows.organizations import OrganizationRow, read_organizations
from shared.auth.principals import Principal
from shared.db import Session
from shared.imports.models import Import
from shared.imports.rows import ReportedRow, pair_rows
from shared.workbooks.reports import CheckedTable


async def read_file(
    session: Session,
    *,
    file: Import,
    by: Principal,  # where an organization may be recorded is decided at each row
) -> Callable[[bytes], CheckedTable[OrganizationRow]]:
    """Return the judge of a file, with the divisions as they are now."""
    divisions = await load_division_index(session)
    file_name, as_of = file.file_name, file.as_of

    def judge(content: bytes) -> CheckedTable[OrganizationRow]:
        return arrange(read_organizations(content, filename=file_name, divisions=divisions, as_of=as_of))

    return judge


def arrange(table: CheckedTable[OrganizationRow]) -> CheckedTable[OrganizationRow]:
    """Return the table with its rows in the order of the sheet, but fund-raisers before those who name them."""
    waiting = pair_rows(table)
    arranged: list[ReportedRow] = []
    while waiting:
        to_come = {row.stated.credit_code for row in waiting if row.stated}
        ready = [row for row in waiting if not _waits_for(row, to_come)]
        arranged += ready or waiting  # a circle is applied as it stands
        waiting = [row for row in waiting if _waits_for(row, to_come)] if ready else []
    return replace(table, report=replace(table.report, rows=tuple(row.report for row in arranged)))


def _waits_for(row: ReportedRow, to_come: set[str | None]) -> bool:
    if row.stated is None:
        return False
    partner = row.stated.partner_credit_code
    return partner is not None and partner in to_come and partner != row.stated.credit_code
