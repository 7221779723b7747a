"""The job of an import: judge the file outside any transaction, then one transaction per step."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from shared import clock
from shared.db import Database
from shared.imports import actions
from shared.imports.rows import FileKind, pair_rows
from shared.jobs import Handler, Limit

ROWS_A_STEP = 100
MOST_RETRIES = 12
"""They last less than half an hour, in which the office waits for its report."""


def import_handlers(service: str, database: Database, kinds: Mapping[str, FileKind]) -> Mapping[str, Handler]:
    """Return the job of a service's imports by its name."""

    async def import_workbook(payload: dict[str, Any]) -> None:
        await carry_out_import(database, UUID(payload["import_id"]), service=service, kinds=kinds)

    return {actions.JOB: import_workbook}


def import_limits(service: str, database: Database) -> Mapping[str, Limit]:
    """Return when the job of a service's imports is given up, and what ends the import then."""

    async def give_up(payload: dict[str, Any]) -> None:
        import_id = UUID(payload["import_id"])
        async with database.transaction() as session:
            await actions.give_up_import(session, import_id=import_id, service=service, at=clock.now())

    return {actions.JOB: Limit(MOST_RETRIES, give_up)}


async def carry_out_import(database: Database, import_id: UUID, *, service: str, kinds: Mapping[str, FileKind]) -> None:
    """Carry out an import from the beginning, or from where an attempt that was killed had come."""
    async with database.transaction() as session:
        file = await actions.open_import(session, import_id=import_id)
        if file is None or file.content is None:
            return
        kind, content = kinds[file.kind], file.content
        read = await kind.read(session, file=file, by=file.in_name_of(kind.sender))
    table = await asyncio.to_thread(read, content)
    rows = pair_rows(table)
    async with database.transaction() as session:
        await actions.record_report(session, import_id=import_id, report=table.report)
    for start in range(0, len(rows), ROWS_A_STEP):
        step = rows[start : start + ROWS_A_STEP]
        async with database.transaction() as session:
            await actions.apply_rows(
                session, import_id=import_id, kind=kind, rows=step, rows_done=start + len(step), at=clock.now()
            )
    async with database.transaction() as session:
        await actions.finish_import(session, import_id=import_id, service=service, at=clock.now())
