"""HTTP of runs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.matching.permissions import RunBeginner, RunReader
from services.matching.runs.actions import running
from services.matching.runs.models import Run
from services.matching.runs.repository import RunRepository
from services.matching.runs.schemas import RunRead
from shared import clock
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.operations import OperationRead, describe
from shared.paging import Page, PageRequest, Slice, page_request

router = APIRouter(prefix="/matching/v1", tags=["runs 批量匹配"], route_class=IdempotentRoute)


@router.post("/runs", status_code=202, dependencies=[RememberAnswer])
async def begin_run(response: Response, session: RequestSession, by: RunBeginner) -> OperationRead:
    """Begin a batch run (批量匹配) over all open demands and listed supplies; poll the operation for its result."""
    operation = await running.begin_run(session, by=by, today=clock.today())
    response.headers["Location"] = f"/matching/v1/operations/{operation.id}"
    return describe(operation)


@router.get("/runs", response_model=Page[RunRead])
async def list_runs(
    session: RequestSession, _by: RunReader, page: Annotated[PageRequest, Depends(page_request)]
) -> Slice[Run]:
    """List the batch runs (批量匹配), the newest first."""
    return await RunRepository(session).list(page=page)


@router.get("/runs/{run_id}", response_model=RunRead)
async def read_run(run_id: UUID, session: RequestSession, _by: RunReader) -> Run:
    """Read a batch run (批量匹配): what it worked on and what came of it."""
    return await RunRepository(session).get(run_id)
