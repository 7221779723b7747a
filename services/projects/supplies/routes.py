"""HTTP of supplies."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.projects.permissions import SupplyDrafter, SupplyLister, SupplyReader
from services.projects.supplies import actions
from services.projects.supplies.models import Supply
from services.projects.supplies.schemas import SupplyCreate, SupplyFilter, SupplyRead, SupplyUpdate, SupplyView
from shared import clock
from shared.contracts.codes import FieldCode, SupplyStatus
from shared.db import RequestSession
from shared.etags import expected_version, set_etag
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.paging import Page, PageRequest, Slice, page_request

router = APIRouter(prefix="/projects/v1", tags=["supplies 供给项目"], route_class=IdempotentRoute)
SeenVersion = Annotated[int, Depends(expected_version)]


@router.post("/supplies", status_code=201, response_model=SupplyRead, dependencies=[RememberAnswer])
async def draft_supply(command: SupplyCreate, response: Response, session: RequestSession, by: SupplyDrafter) -> Supply:
    """Draft a supply (供给项目) of one's own organization, or as its civil affairs office on its behalf."""
    supply = await actions.draft_supply(session, command=command, by=by, today=clock.today())
    response.headers["Location"] = f"/projects/v1/supplies/{supply.id}"
    set_etag(response, supply)
    return supply


def supply_filter(
    status: Annotated[list[SupplyStatus], Query(max_length=7, description="Repeatable")] = [],  # noqa: B006
    organization_id: Annotated[UUID | None, Query()] = None,
    field: Annotated[FieldCode | None, Query()] = None,
    import_id: Annotated[UUID | None, Query()] = None,
    source_number: Annotated[str | None, Query(max_length=100, description="项目编号 of the workbook")] = None,
    q: Annotated[str | None, Query(max_length=100, description="Words of title or description")] = None,
) -> SupplyFilter:
    """Read the filters of the list of supplies."""
    return SupplyFilter(
        status=status, organization_id=organization_id, field=field, import_id=import_id,
        source_number=source_number, q=q,
    )  # fmt: skip


@router.get("/supplies", response_model=Page[SupplyView])
async def list_supplies(
    session: RequestSession,
    by: SupplyReader,
    wanted: Annotated[SupplyFilter, Depends(supply_filter)],
    page: Annotated[PageRequest, Depends(page_request)],
) -> Slice[SupplyView]:
    """List the supplies: those of one's own side in all states, of others the listed ones, newest first."""
    return await actions.list_supplies(session, wanted=wanted, page=page, by=by)


@router.get("/supplies/{supply_id}")
async def read_supply(supply_id: UUID, response: Response, session: RequestSession, by: SupplyReader) -> SupplyView:
    """Read a supply (供给项目)."""
    supply = await actions.read_supply(session, supply_id=supply_id, by=by)
    set_etag(response, supply)
    return supply


@router.patch("/supplies/{supply_id}", response_model=SupplyRead)
async def edit_supply(
    supply_id: UUID,
    command: SupplyUpdate,
    response: Response,
    session: RequestSession,
    by: SupplyDrafter,
    seen: SeenVersion,
) -> Supply:
    """Change a draft or a returned supply by JSON Merge Patch."""
    supply = await actions.edit_supply(
        session, supply_id=supply_id, command=command, expected_version=seen, by=by, today=clock.today()
    )
    set_etag(response, supply)
    return supply


@router.post("/supplies/{supply_id}/submit", response_model=SupplyRead)
async def submit_supply(
    supply_id: UUID, response: Response, session: RequestSession, by: SupplyDrafter, seen: SeenVersion
) -> Supply:
    """Submit (提交) a supply for review by another officer."""
    supply = await actions.submit_supply(
        session, supply_id=supply_id, expected_version=seen, by=by, today=clock.today()
    )
    set_etag(response, supply)
    return supply


@router.post("/supplies/{supply_id}/list", response_model=SupplyRead)
async def list_supply(
    supply_id: UUID, response: Response, session: RequestSession, by: SupplyLister, seen: SeenVersion
) -> Supply:
    """List (上架) an approved supply; without free capacity it is full at once."""
    supply = await actions.list_supply(session, supply_id=supply_id, expected_version=seen, by=by, at=clock.now())
    set_etag(response, supply)
    return supply
