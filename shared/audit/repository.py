"""All SQL by which the audit log is read."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Select, select

from shared.audit.models import AuditEntry
from shared.audit.schemas import AuditFilter
from shared.db import Database, Session
from shared.paging import PageRequest, Slice, Sort, read_page

EXPORTED_AT_ONCE = 1_000


def select_entries(wanted: AuditFilter) -> Select[Any]:
    """Return the query of the entries that fit."""
    query = select(AuditEntry)
    for name, value in wanted.conditions().items():
        if name == "since":
            query = query.where(AuditEntry.at >= value)
        elif name == "until":
            query = query.where(AuditEntry.at < value)
        else:
            query = query.where(getattr(AuditEntry, name) == value)
    return query


async def list_entries(session: Session, *, wanted: AuditFilter, page: PageRequest) -> Slice[AuditEntry]:
    """Return a page of entries, newest first."""
    order = [Sort(column=AuditEntry.id, descending=True)]
    return await read_page(session, select_entries(wanted), order=order, page=page)


async def walk_entries(database: Database, *, wanted: AuditFilter) -> AsyncIterator[list[AuditEntry]]:
    """Give all entries in parts, oldest first, each part read in a transaction of its own."""
    query = select_entries(wanted).order_by(AuditEntry.id).limit(EXPORTED_AT_ONCE)
    part: list[AuditEntry] = []
    while True:
        async with database.transaction() as session:
            behind = query.where(AuditEntry.id > part[-1].id) if part else query
            part = list((await session.execute(behind)).scalars())
        if part:
            yield part
        if len(part) < EXPORTED_AT_ONCE:
            return
