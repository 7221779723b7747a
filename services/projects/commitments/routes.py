"""HTTP of commitments."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.projects.commitments import actions
from services.projects.commitments.models import Commitment
from services.projects.commitments.repository import CommitmentRepository
from services.projects.commitments.schemas import CommitmentPut, CommitmentRead, CommitmentReleasePost
from services.projects.permissions import CommitmentKeeper, CommitmentReader
from shared import clock
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute
from shared.paging import Page, PageRequest, Slice, page_request

router = APIRouter(prefix="/projects/v1", tags=["commitments 占用"], route_class=IdempotentRoute)


@router.put(
    "/commitments/{pairing_id}",
    response_model=CommitmentRead,
    responses={201: {"model": CommitmentRead, "description": "Held now; 200 = was held before"}},
)
async def put_commitment(
    pairing_id: UUID, command: CommitmentPut, response: Response, session: RequestSession, by: CommitmentKeeper
) -> Commitment:
    """Hold a place of a demand and a unit of a supply (占用) for a pairing that both sides agreed to."""
    commitment, is_new = await actions.put_commitment(session, pairing_id=pairing_id, command=command, by=by)
    response.status_code = 201 if is_new else 200
    return commitment


@router.post("/commitments/{pairing_id}/release", response_model=CommitmentRead)
async def release_commitment(
    pairing_id: UUID, command: CommitmentReleasePost, session: RequestSession, by: CommitmentKeeper
) -> Commitment:
    """Give back (释放) what a pairing holds; a second time changes nothing."""
    return await actions.release_commitment(
        session, pairing_id=pairing_id, reason=command.reason, by=by, at=clock.now()
    )


@router.post("/commitments/{pairing_id}/fulfil", response_model=CommitmentRead)
async def fulfil_commitment(pairing_id: UUID, session: RequestSession, by: CommitmentKeeper) -> Commitment:
    """Note that what a pairing holds is done (完成); a second time changes nothing."""
    return await actions.fulfil_commitment(session, pairing_id=pairing_id, by=by)


@router.get("/commitments", response_model=Page[CommitmentRead])
async def list_commitments(
    session: RequestSession,
    by: CommitmentReader,
    page: Annotated[PageRequest, Depends(page_request)],
    demand_id: Annotated[UUID | None, Query()] = None,
    supply_id: Annotated[UUID | None, Query()] = None,
) -> Slice[Commitment]:
    """List the commitments (占用) of one's own demands or supplies, newest first."""
    return await CommitmentRepository(session).list_page(
        visible_to=by, demand_id=demand_id, supply_id=supply_id, page=page
    )


@router.get("/commitments/{pairing_id}", response_model=CommitmentRead)
async def read_commitment(pairing_id: UUID, session: RequestSession, by: CommitmentReader) -> Commitment:
    """Read what a pairing holds."""
    return await CommitmentRepository(session).get(pairing_id, visible_to=by)
