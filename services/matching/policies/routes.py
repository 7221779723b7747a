"""HTTP of policies."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.matching.permissions import PolicyReader
from services.matching.policies import actions
from services.matching.policies.models import PolicyVersion
from services.matching.policies.schemas import PolicyRead
from shared import clock
from shared.db import RequestSession
from shared.paging import Page, PageRequest, Slice, page_request

router = APIRouter(prefix="/matching/v1", tags=["policies 匹配政策"])


@router.get("/policies", response_model=Page[PolicyRead])
async def list_policies(
    session: RequestSession, _by: PolicyReader, page: Annotated[PageRequest, Depends(page_request)]
) -> Slice[PolicyVersion]:
    """List the versions of the matching policy (匹配政策)."""
    return await actions.list_policies(session, page=page)


@router.get("/policies/current", response_model=PolicyRead)
async def read_current_policy(session: RequestSession, _by: PolicyReader) -> PolicyVersion:
    """Read the version of the matching policy (匹配政策) in force on the legal day."""
    return await actions.read_current_policy(session, today=clock.today())
