"""What the worker does with an import: judge the file outside any transaction, then one transaction per step."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.projects.imports.actions import running
from services.projects.imports.actions.beginning import JOB
from shared import clock
from shared.db import Database
from shared.jobs import Handler

STEP = 100


async def carry_out_import(database: Database, import_id: UUID) -> None:
    """Carry out an import from the beginning, or from where an attempt that was killed had come."""
    async with database.transaction() as session:
        prepared = await running.prepare_import(session, import_id=import_id)
    if prepared is None:
        return
    report, rows = await asyncio.to_thread(prepared.check)
    async with database.transaction() as session:
        await running.record_report(session, import_id=import_id, report=report)
    for start in range(0, len(rows), STEP):
        step = rows[start : start + STEP]
        async with database.transaction() as session:
            await running.apply_rows(session, import_id=import_id, rows=step, rows_done=start + len(step))
    async with database.transaction() as session:
        await running.finish_import(session, import_id=import_id, at=clock.now())


def import_handlers(database: Database) -> Mapping[str, Handler]:
    """Return the jobs of imports by name."""

    async def import_workbook(payload: dict[str, Any]) -> None:
        await carry_out_import(database, UUID(payload["import_id"]))

    return {JOB: import_workbook}
