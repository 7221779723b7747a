"""HTTP of policies."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.matching.permissions import PolicyDrafter, PolicyDraftReader, PolicyReader, PolicyReviewer
from services.matching.policies import actions
from services.matching.policies.actions import drafting
from services.matching.policies.models import PolicyDraft, PolicyVersion
from services.matching.policies.repository import PolicyRepository
from services.matching.policies.schemas import PolicyDraftCreate, PolicyDraftRead, PolicyRead, PolicyReview
from shared import clock
from shared.db import RequestSession
from shared.etags import expected_version, set_etag
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.paging import Page, PageRequest, Slice, page_request

router = APIRouter(prefix="/matching/v1", tags=["policies 匹配政策"], route_class=IdempotentRoute)
Version = Annotated[int, Depends(expected_version)]


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


@router.post("/policies/drafts", status_code=201, response_model=PolicyDraftRead, dependencies=[RememberAnswer])
async def draft_policy(
    command: PolicyDraftCreate, response: Response, session: RequestSession, by: PolicyDrafter
) -> PolicyDraft:
    """Draft a version of the matching policy (起草匹配政策); a second person decides about it."""
    draft = await drafting.draft_policy(session, command=command, by=by, today=clock.today())
    set_etag(response, draft)
    return draft


@router.get("/policies/drafts", response_model=Page[PolicyDraftRead])
async def list_policy_drafts(
    session: RequestSession, _by: PolicyDraftReader, page: Annotated[PageRequest, Depends(page_request)]
) -> Slice[PolicyDraft]:
    """List the drafts of the matching policy (匹配政策草案), the newest first, decided ones among them."""
    return await PolicyRepository(session).list_drafts(page=page)


@router.get("/policies/drafts/{draft_id}", response_model=PolicyDraftRead)
async def read_policy_draft(
    draft_id: UUID, response: Response, session: RequestSession, _by: PolicyDraftReader
) -> PolicyDraft:
    """Read a draft of the matching policy (匹配政策草案)."""
    draft = await PolicyRepository(session).get_draft(draft_id)
    set_etag(response, draft)
    return draft


@router.post("/policies/drafts/{draft_id}/review", response_model=PolicyDraftRead)
async def review_policy_draft(
    draft_id: UUID,
    command: PolicyReview,
    response: Response,
    session: RequestSession,
    by: PolicyReviewer,
    version: Version,
) -> PolicyDraft:
    """Approve or return a draft (复核匹配政策) as a second person; approved, it holds from its first day on."""
    draft = await drafting.review_policy_draft(
        session,
        draft_id=draft_id,
        command=command,
        expected_version=version,
        by=by,
        today=clock.today(),
        at=clock.now(),
    )
    set_etag(response, draft)
    return draft
