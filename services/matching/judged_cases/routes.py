"""HTTP of judged cases."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.matching.judged_cases import actions
from services.matching.judged_cases.schemas import JudgedCaseFilter, JudgedCasesRead
from services.matching.permissions import JudgedCaseExporter
from shared import clock
from shared.db import RequestSession
from shared.paging import PageRequest, page_request

router = APIRouter(prefix="/matching/v1", tags=["judged-cases 评判案例"])


def read_filter(
    proposed_from: Annotated[date | None, Query(description="The first legal day of the proposals")] = None,
    proposed_until: Annotated[date | None, Query(description="The last legal day of the proposals")] = None,
) -> JudgedCaseFilter:
    """Read which pairings are wanted."""
    return JudgedCaseFilter(proposed_from=proposed_from, proposed_until=proposed_until)


@router.get("/judged-cases")
async def export_judged_cases(
    session: RequestSession,
    by: JudgedCaseExporter,
    wanted: Annotated[JudgedCaseFilter, Depends(read_filter)],
    page: Annotated[PageRequest, Depends(page_request)],
) -> JudgedCasesRead:
    """Export what the sides answered as judged cases (评判案例), a page of demands a file, to review weights with."""
    return await actions.export_judged_cases(session, wanted=wanted, page=page, by=by, today=clock.today())
