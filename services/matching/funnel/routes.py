"""HTTP of the funnel."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.matching.funnel import actions
from services.matching.funnel.schemas import FunnelFilter, FunnelGroup, FunnelRead
from services.matching.permissions import FunnelReader
from shared.contracts.codes import FieldCode
from shared.db import RequestSession
from shared.schemas import DivisionCode

router = APIRouter(prefix="/matching/v1", tags=["funnel 漏斗"])


def read_filter(
    group_by: Annotated[
        FunnelGroup | None, Query(description="`prefecture`, `county` and `organization` are for officials")
    ] = None,
    division: Annotated[DivisionCode | None, Query(description="Of the demand, with all that lies in it")] = None,
    field: Annotated[FieldCode | None, Query(description="One of the fields of the demand")] = None,
    organization_id: UUID | None = None,
    policy_version: Annotated[str | None, Query(max_length=40)] = None,
    proposed_from: Annotated[date | None, Query(description="The first legal day of the proposals")] = None,
    proposed_until: Annotated[date | None, Query(description="The last legal day of the proposals")] = None,
) -> FunnelFilter:
    """Read what is wanted of the funnel."""
    return FunnelFilter(
        group_by=group_by,
        division=division,
        field=field,
        organization_id=organization_id,
        policy_version=policy_version,
        proposed_from=proposed_from,
        proposed_until=proposed_until,
    )


@router.get("/funnel")
async def read_funnel(
    session: RequestSession, by: FunnelReader, wanted: Annotated[FunnelFilter, Depends(read_filter)]
) -> FunnelRead:
    """Read how far the pairings of your side came (漏斗), their success rate (对接成功率), times and reasons."""
    return await actions.read_funnel(session, wanted=wanted, by=by)
