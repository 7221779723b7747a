"""HTTP of imports."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response, UploadFile

from services.registry.imports import actions
from services.registry.imports.errors import TemplateNotFound
from services.registry.imports.models import Import, ImportKind, ImportRow
from services.registry.imports.repository import ImportRepository
from services.registry.imports.rows.template import ORGANIZATIONS
from services.registry.imports.schemas import ImportRead, ImportRowRead
from services.registry.permissions import ImportReader, OrganizationImporter, OrganizationReader
from shared import clock
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.operations import OperationRead, describe
from shared.paging import Page, PageRequest, Slice, page_request
from shared.problems import language_of
from shared.workbooks.findings import Outcome
from shared.workbooks.writer import write_report, write_template

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = {ImportKind.ORGANIZATIONS.value: ORGANIZATIONS}
WORKBOOK = {200: {"description": "A workbook", "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}}

router = APIRouter(prefix="/registry/v1", tags=["imports 导入"], route_class=IdempotentRoute)


@router.post("/imports", status_code=202, dependencies=[RememberAnswer])
async def begin_import(
    kind: Annotated[ImportKind, Form(description="What the file holds")],
    file: UploadFile,
    session: RequestSession,
    by: OrganizationImporter,
    response: Response,
) -> OperationRead:
    """Import a workbook or CSV file (导入); follow the operation until it is done."""
    operation = await actions.begin_import(
        session,
        kind=kind,
        file_name=file.filename or "",
        content=await file.read(),
        by=by,
        today=clock.today(),
    )
    response.headers["Location"] = f"/registry/v1/operations/{operation.id}"
    return describe(operation)


@router.get("/imports", response_model=Page[ImportRead])
async def list_imports(
    session: RequestSession, by: ImportReader, page: Annotated[PageRequest, Depends(page_request)]
) -> Slice[Import]:
    """List the imports of your office, the newest first."""
    return await ImportRepository(session).list(visible_to=by, page=page)


@router.get("/imports/{import_id}", response_model=ImportRead)
async def read_import(import_id: UUID, session: RequestSession, by: ImportReader) -> Import:
    """Read an import: what was found about the file, and the numbers of its rows."""
    return await ImportRepository(session).get(import_id, visible_to=by)


@router.get("/imports/{import_id}/rows", response_model=Page[ImportRowRead])
async def list_import_rows(
    import_id: UUID,
    session: RequestSession,
    by: ImportReader,
    page: Annotated[PageRequest, Depends(page_request)],
    outcome: Annotated[Outcome | None, Query(description="Only rows of this outcome")] = None,
) -> Slice[ImportRow]:
    """List what became of each row, with every finding and its remedy; never a cell's value."""
    repository = ImportRepository(session)
    await repository.get(import_id, visible_to=by)
    return await repository.list_rows(import_id, outcome=outcome, page=page)


@router.get("/imports/{import_id}/report", response_class=Response, responses=WORKBOOK)  # type: ignore[arg-type]
async def download_import_report(
    import_id: UUID, session: RequestSession, by: ImportReader, request: Request
) -> Response:
    """Download the row reports as a workbook, in the language asked for."""
    repository = ImportRepository(session)
    file = await repository.get(import_id, visible_to=by)
    report = file.report(await repository.all_rows(import_id))
    content = await asyncio.to_thread(write_report, report, language=language_of(request))
    return _workbook(content, f"import-{import_id}.xlsx")


@router.get("/import-templates/{kind}", response_class=Response, responses=WORKBOOK)  # type: ignore[arg-type]
async def download_import_template(
    kind: Annotated[str, Path(max_length=40, description="`organizations`")], _by: OrganizationReader
) -> Response:
    """Download an empty form (填报表) with drop-down lists and notes."""
    form = FORMS.get(kind)
    if form is None:
        raise TemplateNotFound(pointer="path/kind")
    return _workbook(await asyncio.to_thread(write_template, form), f"{kind}.xlsx")


def _workbook(content: bytes, name: str) -> Response:
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
