"""HTTP of imports: the routes of every service that imports, made from the kinds of files it takes."""

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response, UploadFile

from shared import clock
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.imports import actions
from shared.imports.errors import TemplateNotFound
from shared.imports.models import Import, ImportRow
from shared.imports.repository import ImportRepository
from shared.imports.rows import FileKind
from shared.imports.schemas import ImportRead, RowReportRead
from shared.operations import OperationRead, describe
from shared.paging import Page, PageRequest, Slice, page_request
from shared.problems import language_of
from shared.workbooks.findings import Outcome
from shared.workbooks.writer import write_report, write_template

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOK: dict[int | str, dict[str, Any]] = {
    200: {"description": "A workbook", "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}
}


def import_router(
    prefix: str,
    codes: type[StrEnum],
    kinds: Mapping[str, FileKind],
    *,
    importer: Any,
    reader: Any,
    form_reader: Any = None,
    file_read: type[ImportRead],
    row_read: type[RowReportRead],
) -> APIRouter:
    """
    Return the routes of a service's imports.

    ``importer`` and ``reader`` are the named types of callers who may import, and who may see imports;
    ``form_reader`` that of those who may see the forms, where these are more.
    """
    router = APIRouter(prefix=prefix, tags=["imports 导入"], route_class=IdempotentRoute)
    names = " or ".join(f"`{kind}`" for kind in kinds)
    files_page: Any = Page[file_read]  # type: ignore[valid-type]
    rows_page: Any = Page[row_read]  # type: ignore[valid-type]
    forms = form_reader or reader

    @router.post("/imports", status_code=202, dependencies=[RememberAnswer])
    async def begin_import(
        kind: Annotated[codes, Form(description="What the file holds")],  # type: ignore[valid-type]
        file: UploadFile,
        session: RequestSession,
        by: importer,
        response: Response,
    ) -> OperationRead:
        """Import (导入) a workbook or CSV file; follow the operation in `Location` until it is done."""
        operation = await actions.begin_import(
            session,
            kinds=kinds,
            kind=kind,
            file_name=file.filename or "",
            content=await file.read(),
            by=by,
            today=clock.today(),
        )
        response.headers["Location"] = f"{prefix}/operations/{operation.id}"
        return describe(operation)

    @router.get("/imports", response_model=files_page)
    async def list_imports(
        session: RequestSession,
        by: reader,
        page: Annotated[PageRequest, Depends(page_request)],
    ) -> Slice[Import]:
        """List the imports (导入记录) of your office, the newest first."""
        return await ImportRepository(session, kinds).list_page(visible_to=by, page=page)

    @router.get("/imports/{import_id}", response_model=file_read)
    async def read_import(
        import_id: UUID,
        session: RequestSession,
        by: reader,
    ) -> Import:
        """Read an import: what was found about the file, and the numbers of its rows."""
        return await ImportRepository(session, kinds).get(import_id, visible_to=by)

    @router.get("/imports/{import_id}/rows", response_model=rows_page)
    async def list_import_rows(
        import_id: UUID,
        session: RequestSession,
        by: reader,
        page: Annotated[PageRequest, Depends(page_request)],
        outcome: Annotated[Outcome | None, Query(description="Only rows of this outcome")] = None,
    ) -> Slice[ImportRow]:
        """List what became of each row (逐行结果), with every finding and its remedy; never a cell's free text."""
        repository = ImportRepository(session, kinds)
        return await repository.list_rows(import_id, visible_to=by, outcome=outcome, page=page)

    @router.get("/imports/{import_id}/report", response_class=Response, responses=WORKBOOK)
    async def download_import_report(
        import_id: UUID,
        session: RequestSession,
        by: reader,
        request: Request,
    ) -> Response:
        """Download totals and row reports (导入结果) of a finished import as a workbook, in the language asked for."""
        repository = ImportRepository(session, kinds)
        file = await repository.get_finished(import_id, visible_to=by)
        report = file.report(await repository.all_rows(file.id))
        content = await asyncio.to_thread(write_report, report, language=language_of(request))
        return _attachment(content, f"import-report-{import_id}.xlsx")

    @router.get("/import-templates/{kind}", response_class=Response, responses=WORKBOOK)
    async def download_import_template(
        kind: Annotated[str, Path(max_length=40, description=names)],
        _by: forms,  # type: ignore[valid-type]
    ) -> Response:
        """Download an empty form (填报表) with drop-down lists and notes."""
        if kind not in kinds:
            raise TemplateNotFound(pointer="path/kind")
        return _attachment(await asyncio.to_thread(write_template, kinds[kind].template), f"{kind}.xlsx")

    return router


def _attachment(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=XLSX, headers=headers)
