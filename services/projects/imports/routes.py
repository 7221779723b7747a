"""HTTP of imports."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Query, Request, UploadFile
from starlette.responses import Response

from services.projects.imports.actions import beginning, reporting
from services.projects.imports.models import Import, ImportKind, ImportRow
from services.projects.imports.repository import ImportRepository
from services.projects.imports.schemas import ImportRead, ImportRowRead
from services.projects.permissions import ImportReader, ProjectImporter
from shared import clock
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.operations import OperationRead, describe
from shared.paging import Page, PageRequest, Slice, page_request
from shared.problems import language_of
from shared.workbooks.findings import Outcome

router = APIRouter(prefix="/projects/v1", tags=["imports 导入"], route_class=IdempotentRoute)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOK: dict[int | str, dict[str, Any]] = {
    200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}, "description": "A workbook"}
}


@router.post("/imports", status_code=202, response_model=OperationRead, dependencies=[RememberAnswer])
async def begin_import(
    kind: Annotated[ImportKind, Form(description="What the file holds")],
    file: UploadFile,
    response: Response,
    session: RequestSession,
    by: ProjectImporter,
) -> OperationRead:
    """Import (导入) a workbook or CSV of demands or supplies as drafts; follow the operation in Location."""
    operation = await beginning.begin_import(
        session, kind=kind, file_name=file.filename or "", content=await file.read(), by=by, today=clock.today()
    )
    response.headers["Location"] = f"/projects/v1/operations/{operation.id}"
    return describe(operation)


@router.get("/imports", response_model=Page[ImportRead])
async def list_imports(
    session: RequestSession, by: ImportReader, page: Annotated[PageRequest, Depends(page_request)]
) -> Slice[Import]:
    """List the imports (导入记录) of one's office, newest first."""
    return await ImportRepository(session).list_page(visible_to=by, page=page)


@router.get("/imports/{import_id}", response_model=ImportRead)
async def read_import(import_id: UUID, session: RequestSession, by: ImportReader) -> Import:
    """Read an import with its numbers and what was found about the file."""
    return await ImportRepository(session).get(import_id, visible_to=by)


@router.get("/imports/{import_id}/rows", response_model=Page[ImportRowRead])
async def list_import_rows(
    import_id: UUID,
    session: RequestSession,
    by: ImportReader,
    page: Annotated[PageRequest, Depends(page_request)],
    outcome: Annotated[Outcome | None, Query()] = None,
) -> Slice[ImportRow]:
    """List what became of each row of an import (逐行结果)."""
    return await ImportRepository(session).list_rows(import_id, visible_to=by, outcome=outcome, page=page)


@router.get("/imports/{import_id}/report", response_class=Response, responses=WORKBOOK)
async def write_import_report(import_id: UUID, request: Request, session: RequestSession, by: ImportReader) -> Response:
    """Download the row reports of an import as a workbook (导入结果), in the language asked for."""
    content = await reporting.write_import_report(
        session, import_id=import_id, by=by, language="en" if language_of(request) == "en" else "zh-CN"
    )
    return _attachment(content, f"import-report-{import_id}.xlsx")


@router.get("/import-templates/{kind}", response_class=Response, responses=WORKBOOK)
async def write_import_template(
    kind: Annotated[str, Path(max_length=40, description="demands or supplies")],
    session: RequestSession,
    _by: ImportReader,
) -> Response:
    """Download the empty form (填报表) of a kind."""
    return _attachment(await reporting.write_import_template(session, kind=kind), f"{kind}.xlsx")


def _attachment(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=XLSX, headers=headers)
