"""HTTP of demands."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.projects.demands import actions
from services.projects.demands.models import Demand, SurveyRecord
from services.projects.demands.repository import DemandRepository
from services.projects.demands.schemas import (
    DemandCreate,
    DemandFilter,
    DemandRead,
    DemandUpdate,
    DemandView,
    SurveyRecordCreate,
    SurveyRecordRead,
    WholeDemandView,
    show_demand,
    show_demands,
    show_whole_demand,
)
from services.projects.permissions import (
    DemandDrafter,
    DemandPublisher,
    DemandReader,
    DemandSurveyor,
    SurveyReader,
)
from shared import clock
from shared.contracts.codes import DemandStatus, FieldCode
from shared.db import RequestSession
from shared.etags import expected_version, set_etag
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.paging import Page, PageRequest, Slice, page_request
from shared.schemas import DivisionCode

router = APIRouter(prefix="/projects/v1", tags=["demands 需求项目"], route_class=IdempotentRoute)
SeenVersion = Annotated[int, Depends(expected_version)]


def least_shown_count(request: Request) -> int:
    """Return the setting below which a public count of people is left out."""
    return int(request.app.state.common.least_shown_count)


LeastShown = Annotated[int, Depends(least_shown_count)]


@router.post("/demands", status_code=201, dependencies=[RememberAnswer])
async def draft_demand(
    command: DemandCreate, response: Response, session: RequestSession, by: DemandDrafter
) -> WholeDemandView:
    """Draft a demand (需求项目): title, place, what, how many and by when are enough."""
    demand = await actions.draft_demand(session, command=command, by=by, today=clock.today())
    response.headers["Location"] = f"/projects/v1/demands/{demand.id}"
    set_etag(response, demand)
    return show_whole_demand(demand, by)


def demand_filter(
    status: Annotated[list[DemandStatus], Query(max_length=8, description="Repeatable")] = [],  # noqa: B006
    division: Annotated[DivisionCode | None, Query(description="At or below this division")] = None,
    field: Annotated[FieldCode | None, Query()] = None,
    import_id: Annotated[UUID | None, Query()] = None,
    source_number: Annotated[str | None, Query(max_length=100, description="需求编号 of the workbook")] = None,
    q: Annotated[str | None, Query(max_length=100, description="Words of title, description or town")] = None,
) -> DemandFilter:
    """Read the filters of the list of demands."""
    return DemandFilter(
        status=status, division=division, field=field, import_id=import_id, source_number=source_number, q=q
    )


@router.get("/demands", response_model=Page[DemandView])
async def list_demands(
    session: RequestSession,
    by: DemandReader,
    wanted: Annotated[DemandFilter, Depends(demand_filter)],
    page: Annotated[PageRequest, Depends(page_request)],
    least_shown: LeastShown,
) -> Slice[DemandView]:
    """List the demands: of one's own division in all states, of others the published ones, newest first."""
    found = await DemandRepository(session).list_page(visible_to=by, wanted=wanted, page=page)
    return show_demands(found, by, least_shown=least_shown)


@router.get("/demands/{demand_id}")
async def read_demand(
    demand_id: UUID, response: Response, session: RequestSession, by: DemandReader, least_shown: LeastShown
) -> DemandView:
    """Read a demand (需求项目)."""
    demand = await DemandRepository(session).get(demand_id, visible_to=by)
    set_etag(response, demand)
    return show_demand(demand, by, least_shown=least_shown)


@router.patch("/demands/{demand_id}")
async def edit_demand(
    demand_id: UUID,
    command: DemandUpdate,
    response: Response,
    session: RequestSession,
    by: DemandDrafter,
    seen: SeenVersion,
) -> WholeDemandView:
    """Change a draft or a returned demand by JSON Merge Patch."""
    demand = await actions.edit_demand(
        session, demand_id=demand_id, command=command, expected_version=seen, by=by, today=clock.today()
    )
    set_etag(response, demand)
    return show_whole_demand(demand, by)


@router.post("/demands/{demand_id}/submit")
async def submit_demand(
    demand_id: UUID, response: Response, session: RequestSession, by: DemandDrafter, seen: SeenVersion
) -> WholeDemandView:
    """Submit (提交) a demand for review by another officer."""
    demand = await actions.submit_demand(
        session, demand_id=demand_id, expected_version=seen, by=by, today=clock.today()
    )
    set_etag(response, demand)
    return show_whole_demand(demand, by)


@router.post("/demands/{demand_id}/publish", response_model=DemandRead)
async def publish_demand(
    demand_id: UUID, response: Response, session: RequestSession, by: DemandPublisher, seen: SeenVersion
) -> Demand:
    """Publish (发布) an approved demand."""
    demand = await actions.publish_demand(session, demand_id=demand_id, expected_version=seen, by=by, at=clock.now())
    set_etag(response, demand)
    return demand


@router.post(
    "/demands/{demand_id}/survey-records",
    status_code=201,
    response_model=SurveyRecordRead,
    dependencies=[RememberAnswer],
)
async def record_survey(
    demand_id: UUID, command: SurveyRecordCreate, session: RequestSession, by: DemandSurveyor
) -> SurveyRecord:
    """Record a survey step (摸底、走访、调研、筛选) of a draft."""
    return await actions.record_survey(session, demand_id=demand_id, command=command, by=by, today=clock.today())


@router.get("/demands/{demand_id}/survey-records", response_model=Page[SurveyRecordRead])
async def list_survey_records(
    demand_id: UUID, session: RequestSession, by: SurveyReader, page: Annotated[PageRequest, Depends(page_request)]
) -> Slice[SurveyRecord]:
    """List the survey steps of a demand; officials of its division see them."""
    return await DemandRepository(session).list_survey_records(demand_id, visible_to=by, page=page)
