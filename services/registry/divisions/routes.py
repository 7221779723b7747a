"""HTTP of divisions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from services.registry.divisions.models import Division
from services.registry.divisions.repository import DivisionRepository
from services.registry.divisions.schemas import DivisionRead
from services.registry.permissions import DivisionReader
from shared.db import RequestSession
from shared.paging import Page, PageRequest, Slice, page_request
from shared.schemas import DivisionCode

router = APIRouter(prefix="/registry/v1", tags=["divisions 行政区划"])


@router.get("/divisions", response_model=Page[DivisionRead])
async def list_divisions(
    session: RequestSession,
    _by: DivisionReader,
    page: Annotated[PageRequest, Depends(page_request)],
    parent_code: Annotated[DivisionCode | None, Query(description="The division right above; none = provinces")] = None,
    name: Annotated[str | None, Query(max_length=50, description="Beginning of the name")] = None,
) -> Slice[Division]:
    """List the divisions (行政区划) in force right below a parent, or found by the beginning of their name."""
    return await DivisionRepository(session).list_below(parent_code, name=name, page=page)


@router.get("/divisions/{code}", response_model=DivisionRead)
async def read_division(
    code: Annotated[str, Path(pattern=r"^[1-9][0-9]{11}$")], session: RequestSession, _by: DivisionReader
) -> Division:
    """Read a division (行政区划), also one out of force, with its successors and designations (区域标签)."""
    return await DivisionRepository(session).get_by_code(code)
