"""HTTP of candidates."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.matching.candidates.actions import ranking
from services.matching.candidates.schemas import (
    CandidateList,
    CandidateRead,
    list_parts,
    list_reasons,
    tell,
)
from services.matching.permissions import DemandCandidateReader, SupplyCandidateReader
from services.matching.scoring.sides import open_to_sides
from shared import clock
from shared.auth.principals import Principal
from shared.db import RequestSession

router = APIRouter(prefix="/matching/v1", tags=["candidates 候选"])
Limit = Annotated[int, Query(ge=1, le=100, description="Most candidates shown; as many excluded ones again")]
Include = Annotated[Literal["excluded"] | None, Query(description="`excluded` adds the excluded ones with reasons")]


@router.get("/demands/{demand_id}/candidates")
async def rank_demand_candidates(
    demand_id: UUID,
    request: Request,
    session: RequestSession,
    by: DemandCandidateReader,
    limit: Limit = 20,
    include: Include = None,
) -> CandidateList:
    """Rank the supplies for a demand (需求的候选供给) of your division, each with explanation and reasons."""
    found = await ranking.rank_demand_candidates(
        session,
        demand_id=demand_id,
        by=by,
        scorer=request.app.state.scorer,
        today=clock.today(),
        limit=limit,
        include_excluded=include == "excluded",
    )
    return _show(found, to=by)


@router.get("/supplies/{supply_id}/candidates")
async def rank_supply_candidates(
    supply_id: UUID,
    request: Request,
    session: RequestSession,
    by: SupplyCandidateReader,
    limit: Limit = 20,
    include: Include = None,
) -> CandidateList:
    """Rank the demands for a supply (供给的候选需求) of your organization, each with explanation and reasons."""
    found = await ranking.rank_supply_candidates(
        session,
        supply_id=supply_id,
        by=by,
        scorer=request.app.state.scorer,
        today=clock.today(),
        limit=limit,
        include_excluded=include == "excluded",
    )
    return _show(found, to=by)


def _show(found: ranking.Ranking, *, to: Principal) -> CandidateList:
    items = []
    for one in found.items:
        explanation = one.explanation if to.sees_official_fields else open_to_sides(one.explanation)
        items.append(
            CandidateRead(
                demand_id=one.demand_id,
                demand_title=one.demand_title,
                demand_division=one.demand_division,
                supply_id=one.supply_id,
                supply_title=one.supply_title,
                organization_id=one.organization_id,
                organization_name=one.organization_name,
                rank=one.rank,
                score=explanation["total"],
                eligibility=one.pair.status,
                reasons=list_reasons(explanation),
                parts=list_parts(explanation),
                explanation=tell(explanation),
            )
        )
    return CandidateList(
        policy_version=found.policy_version,
        model_hash=found.model_hash,
        eligible=found.eligible,
        held=found.held,
        excluded=found.excluded,
        items=items,
    )
