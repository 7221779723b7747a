"""The audit log over HTTP, for the audit administrator alone: list and export, each of which is recorded too."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import StreamingResponse

from shared import clock
from shared.audit.models import AuditEntry
from shared.audit.recording import record_reading
from shared.audit.repository import list_entries, walk_entries
from shared.audit.schemas import AuditEntryRead, AuditFilter
from shared.auth.access import allow
from shared.auth.principals import Principal
from shared.db import Database, RequestSession
from shared.paging import Page, PageRequest, Slice, page_request
from shared.workbooks.writer import guard_cell_text

AuditReader = Annotated[Principal, Depends(allow("read_audit_entries"))]
LOG = "audit_entries"
COLUMNS = list(AuditEntryRead.model_fields)
EXPORT_MARGIN = timedelta(seconds=1)


class ExportFormat(StrEnum):
    """How entries are exported."""

    CSV = "csv"
    NDJSON = "ndjson"


MEDIA_TYPES = {ExportFormat.CSV: "text/csv; charset=utf-8", ExportFormat.NDJSON: "application/x-ndjson"}


def export_format(
    format: Annotated[ExportFormat, Query(description="CSV with a byte order mark, or JSON lines")] = ExportFormat.CSV,
) -> ExportFormat:
    """Read the form of an export; use it as a dependency."""
    return format


def audit_router(prefix: str) -> APIRouter:
    """Return the routes of a service's audit log."""
    router = APIRouter(prefix=prefix, tags=["audit 审计"])

    @router.get("/audit-entries", response_model=Page[AuditEntryRead])
    async def list_audit_entries(
        session: RequestSession,
        _by: AuditReader,
        wanted: Annotated[AuditFilter, Query()],
        page: Annotated[PageRequest, Depends(page_request)],
    ) -> Slice[AuditEntry]:
        """List audit entries (审计记录), newest first; the reading is recorded."""
        found = await list_entries(session, wanted=wanted, page=page)
        await record_reading(session, object_type=LOG, object_ids=["*"], fields=wanted.conditions())
        return found

    @router.get("/audit-entries/export", response_class=StreamingResponse, responses={200: {
        "description": "All entries that fit, oldest first",
        "content": {"text/csv": {"schema": {"type": "string"}}, "application/x-ndjson": {"schema": {"type": "string"}}},
    }})  # fmt: skip
    async def export_audit_entries(
        request: Request,
        session: RequestSession,
        _by: AuditReader,
        wanted: Annotated[AuditFilter, Query()],
        form: Annotated[ExportFormat, Depends(export_format)],
    ) -> StreamingResponse:
        """Export audit entries (审计记录) as CSV or NDJSON; the export is recorded."""
        await record_reading(session, object_type=LOG, object_ids=["*"], fields=wanted.conditions())
        # What is written while the export runs would be read for ever.
        now = clock.now() + EXPORT_MARGIN
        ends = wanted.model_copy(update={"until": min(wanted.until or now, now)})
        name = f'attachment; filename="{request.app.state.service}-audit.{form.value}"'
        return StreamingResponse(
            _write(request.app.state.database, ends, form),
            media_type=MEDIA_TYPES[form],
            headers={"Content-Disposition": name, "Cache-Control": "no-store"},
        )

    return router


async def _write(database: Database, wanted: AuditFilter, form: ExportFormat) -> AsyncIterator[str]:
    if form is ExportFormat.CSV:
        yield "\ufeff" + _line(COLUMNS)
    async for part in walk_entries(database, wanted=wanted):
        entries = [AuditEntryRead.model_validate(entry) for entry in part]
        if form is ExportFormat.CSV:
            yield "".join(_line(_cells(entry)) for entry in entries)
        else:
            yield "".join(entry.model_dump_json() + "\n" for entry in entries)


def _cells(entry: AuditEntryRead) -> list[str]:
    values = entry.model_dump(mode="json")
    values["fields"] = " ".join(entry.fields)
    return ["" if values[name] is None else guard_cell_text(str(values[name])) for name in COLUMNS]


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
