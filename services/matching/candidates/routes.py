"""HTTP of candidates."""

from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.matching.candidates.actions import explaining, gathering, listing, previewing, ranking
from services.matching.candidates.actions.figures import MarketFigures, Position
from services.matching.candidates.actions.ranking import Wanted
from services.matching.candidates.errors import OneDraftNeeded
from services.matching.candidates.schemas.candidates import (
    CandidateList,
    PositionRead,
    join_sentences,
    list_parts,
    write_list,
)
from services.matching.candidates.schemas.drafts import PreviewRequest
from services.matching.candidates.schemas.engine import EngineRead
from services.matching.candidates.schemas.explained import (
    ChangeRead,
    ConsortiumRead,
    ExplainedCandidate,
    FundraiserList,
    FundraiserRead,
    MemberRead,
    show_need,
    tell_consortium,
)
from services.matching.permissions import (
    CandidateExplainer,
    CandidatePreviewer,
    DemandCandidateReader,
    EngineReader,
    SupplyCandidateReader,
)
from services.matching.scoring.sides import open_to_sides
from shared import clock
from shared.auth.principals import Principal
from shared.contracts.codes import FieldCode, OrganizationType
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute

router = APIRouter(prefix="/matching/v1", tags=["candidates 候选"], route_class=IdempotentRoute)
Limit = Annotated[int, Query(ge=1, le=100, description="Candidates a page; as many excluded ones again")]
Include = Annotated[
    Literal["excluded"] | None, Query(description="`excluded` adds the best excluded ones with reasons to page one")
]
Status = Literal["eligible", "held", "excluded"]
Division = Annotated[str, Query(pattern=r"^[0-9]{0,12}$", description="Prefix of a division code")]


async def read_wanted(
    limit: Limit = 20,
    include: Include = None,
    eligibility: Annotated[
        list[Status] | None, Query(description="Which ones, repeatable; eligible and held without it")
    ] = None,
    division: Division = "",
    field: Annotated[FieldCode | None, Query(description="A field of the other side's entry")] = None,
    minimum_score: Annotated[float, Query(ge=0, le=1.25, description="Of the score as you see it")] = 0,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before")] = None,
) -> Wanted:
    """Read which candidates are wanted; the place is the demand's, or where the organization's record is kept."""
    return Wanted(
        limit=limit,
        cursor=cursor,
        include_excluded=include == "excluded",
        eligibility=frozenset(eligibility or ("eligible", "held")),
        division=division,
        field=field,
        minimum_score=minimum_score,
    )


async def read_wanted_supplies(
    wanted: Annotated[Wanted, Depends(read_wanted)],
    organization_type: Annotated[OrganizationType | None, Query(description="Of the supply's organization")] = None,
) -> Wanted:
    """Read which supplies are wanted."""
    return replace(wanted, organization_type=organization_type)


WantedDemands = Annotated[Wanted, Depends(read_wanted)]
WantedSupplies = Annotated[Wanted, Depends(read_wanted_supplies)]


@router.get("/demands/{demand_id}/candidates", response_model=CandidateList)
async def rank_demand_candidates(
    demand_id: UUID, request: Request, session: RequestSession, by: DemandCandidateReader, wanted: WantedSupplies
) -> Response:
    """Rank the supplies for a demand (需求的候选供给) of your division, each with explanation and reasons."""
    scorer = request.app.state.scorer
    live = request.app.state.market.live
    found = await listing.rank_demand_candidates(
        session, demand_id=demand_id, by=by, scorer=scorer, today=clock.today(), wanted=wanted, live=live
    )
    return _show(found, to=by)


@router.get("/supplies/{supply_id}/candidates", response_model=CandidateList)
async def rank_supply_candidates(
    supply_id: UUID, request: Request, session: RequestSession, by: SupplyCandidateReader, wanted: WantedDemands
) -> Response:
    """Rank the demands for a supply (供给的候选需求) of your organization, each with explanation and reasons."""
    scorer = request.app.state.scorer
    live = request.app.state.market.live
    found = await listing.rank_supply_candidates(
        session, supply_id=supply_id, by=by, scorer=scorer, today=clock.today(), wanted=wanted, live=live
    )
    return _show(found, to=by)


@router.get("/demands/{demand_id}/candidates/{supply_id}")
async def explain_candidate(
    demand_id: UUID, supply_id: UUID, request: Request, session: RequestSession, by: CandidateExplainer
) -> ExplainedCandidate:
    """
    Explain any pair (为何匹配、为何不匹配) of your side, also an excluded or held one, and one that was ended.

    `changes` are the facts with which the pair would be eligible; each tells what does instead, if anything.
    """
    scorer, live = request.app.state.scorer, request.app.state.market.live
    found = await explaining.explain_candidate(
        session, demand_id=demand_id, supply_id=supply_id, by=by, scorer=scorer, today=clock.today(), live=live
    )
    changes = [
        ChangeRead(
            code=one.reason.code, needed=dict(one.needed), otherwise=one.otherwise, remedy=one.reason.rule.remedy
        )
        for one in found.changes
    ]
    return ExplainedCandidate(
        **_describe(found.candidate, by),
        demand_is_open=found.demand_is_open,
        supply_is_listed=found.supply_is_listed,
        changes=changes,
        fundraisers=[_show_fundraiser(one) for one in found.fundraisers],
    )


@router.get("/demands/{demand_id}/candidates/{supply_id}/fundraisers")
async def list_fundraisers(
    demand_id: UUID, supply_id: UUID, request: Request, session: RequestSession, by: CandidateExplainer
) -> FundraiserList:
    """List qualified fund-raisers (募用分离) that could raise for this supply's organization, the best first."""
    scorer, live = request.app.state.scorer, request.app.state.market.live
    found = await explaining.list_fundraisers(
        session, demand_id=demand_id, supply_id=supply_id, by=by, scorer=scorer, today=clock.today(), live=live
    )
    return FundraiserList(items=[_show_fundraiser(one) for one in found])


@router.get("/demands/{demand_id}/consortium")
async def suggest_consortium(
    demand_id: UUID, request: Request, session: RequestSession, by: DemandCandidateReader
) -> ConsortiumRead:
    """Suggest a consortium (多对一): eligible supplies that together cover the demand's forms of help and fields."""
    scorer, live = request.app.state.scorer, request.app.state.market.live
    found = await gathering.gather_consortium(
        session, demand_id=demand_id, by=by, scorer=scorer, today=clock.today(), live=live
    )
    return ConsortiumRead(
        policy_version=found.policy_version,
        places=found.places,
        members=[
            MemberRead(**_describe(one.candidate, by), covers=[show_need(need) for need in one.covers])
            for one in found.members
        ],
        still_open=[show_need(need) for need in found.still_open],
        explanation=tell_consortium(
            [(one.candidate.organization_name, one.covers) for one in found.members], found.still_open
        ),
    )


@router.post("/candidates:preview", response_model=CandidateList)
async def preview_candidates(
    command: PreviewRequest, request: Request, session: RequestSession, by: CandidatePreviewer
) -> Response:
    """
    Rank candidates for a draft (草稿试匹配) that is not saved: nothing of it is stored or logged.

    Its id in the answer consists of zeros. A demand's draft comes from its rural side, a supply's from its organization
    or the civil affairs office that keeps its record, each of the same place as if it were saved.
    """
    wanted = Wanted(limit=command.limit, include_excluded=command.include_excluded)
    scorer, today, live = request.app.state.scorer, clock.today(), request.app.state.market.live
    if command.demand is not None and command.supply is None:
        found = await previewing.preview_demand(
            session, draft=command.demand, by=by, scorer=scorer, today=today, wanted=wanted, live=live
        )
    elif command.supply is not None and command.demand is None:
        found = await previewing.preview_supply(
            session, draft=command.supply, by=by, scorer=scorer, today=today, wanted=wanted, live=live
        )
    else:
        raise OneDraftNeeded(pointer="/demand")
    return _show(found, to=by)


@router.get("/engine", response_model=EngineRead)
async def read_engine(request: Request, _by: EngineReader) -> MarketFigures:
    """Read the figures of the market in memory (匹配引擎) of the process that answers: each has its own."""
    figures: MarketFigures = request.app.state.market.describe()
    return figures


def _show(found: ranking.Ranking, *, to: Principal) -> Response:
    head = CandidateList(
        policy_version=found.market.policy.version,
        model_hash=found.model_hash,
        as_of_position=PositionRead.model_validate(Position.of(found.market.as_of, found.market.cursors)),
        complete=found.complete,
        eligible=found.eligible,
        held=found.held,
        excluded=found.excluded,
        items=[],
        next_cursor=found.next_cursor,
    )
    return Response(write_list(head, [_describe(one, to) for one in found.items]), media_type="application/json")


def _describe(one: ranking.Candidate, to: Principal) -> dict[str, Any]:
    explanation = one.explanation if to.sees_official_fields else open_to_sides(one.explanation)
    return {
        "demand_id": one.demand_id,
        "demand_title": one.demand_title,
        "demand_division": one.demand_division,
        "supply_id": one.supply_id,
        "supply_title": one.supply_title,
        "organization_id": one.organization_id,
        "organization_name": one.organization_name,
        "rank": one.rank,
        "score": explanation["total"],
        "eligibility": one.pair.status,
        "reasons": [*explanation["excluded"], *explanation["held"]],
        "parts": list_parts(explanation),
        "explanation": join_sentences(explanation),
    }


def _show_fundraiser(one: explaining.NamedFundraiser) -> FundraiserRead:
    return FundraiserRead(
        organization_id=UUID(one.found.organization_id),
        organization_name=one.name,
        common_fields=list(one.found.common_fields),
        same_place=one.found.same_place,
        assessment_grade=one.found.grade,
    )
