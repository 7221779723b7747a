"""The job of an import: parse in a thread, apply in steps, finish; it may be killed and run again at any moment."""

import asyncio
from typing import Any
from uuid import UUID

from services.registry.imports import actions
from services.registry.imports.actions import ImportUnit
from services.registry.imports.rows.organizations import OrganizationRow, read_organizations
from shared import clock
from shared.db import Database
from shared.workbooks.reports import CheckedTable

ROWS_A_STEP = 200


async def import_organizations(database: Database, payload: dict[str, Any], *, rows_a_step: int = ROWS_A_STEP) -> None:
    """
    Carry out an import from wherever it was interrupted; each step is a transaction of its own.

    :raises ImportNotFound: if there is no such import
    """
    import_id = UUID(payload["import_id"])
    async with database.transaction() as session:
        file = await actions.open_import(session, import_id=import_id)
        if file is None:
            return
        divisions = await actions.index_divisions(session)
    table = await asyncio.to_thread(
        read_organizations, file.content, filename=file.file_name, divisions=divisions, as_of=file.as_of
    )
    units = arrange(table)
    for start in range(0, len(units), rows_a_step):
        step = units[start : start + rows_a_step]
        async with database.transaction() as session:
            await actions.apply_rows(
                session,
                import_id=import_id,
                units=step,
                done=start + len(step),
                total=len(units),
                at=clock.now(),
            )
    async with database.transaction() as session:
        await actions.finish_import(session, import_id=import_id, report=table.report, at=clock.now())


def arrange(table: CheckedTable[OrganizationRow]) -> list[ImportUnit]:
    """Return the rows of a table in the order of the sheet, but fund-raisers before those who name them."""
    rows = {row.row: row for row in table.accepted}
    waiting = [ImportUnit(report, rows.get(report.row)) for report in table.report.rows]
    arranged: list[ImportUnit] = []
    while waiting:
        to_come = {unit.row.credit_code for unit in waiting if unit.row}
        ready = [unit for unit in waiting if not _waits_for(unit, to_come)]
        arranged += ready or waiting  # a circle is applied as it stands
        waiting = [unit for unit in waiting if _waits_for(unit, to_come)] if ready else []
    return arranged


def _waits_for(unit: ImportUnit, to_come: set[str | None]) -> bool:
    partner = unit.row.partner_credit_code if unit.row else None
    return partner is not None and partner in to_come and unit.row is not None and partner != unit.row.credit_code
