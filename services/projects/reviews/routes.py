"""HTTP of reviews."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.projects.permissions import Reviewer, ReviewReader
from services.projects.reviews import actions
from services.projects.reviews.models import Review
from services.projects.reviews.repository import ReviewRepository
from services.projects.reviews.schemas import ReviewCreate, ReviewRead
from shared import clock
from shared.db import RequestSession
from shared.etags import expected_version
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.paging import Page, PageRequest, Slice, page_request

router = APIRouter(prefix="/projects/v1", tags=["reviews 审核"], route_class=IdempotentRoute)


@router.post("/reviews", status_code=201, response_model=ReviewRead, dependencies=[RememberAnswer])
async def review_subject(
    command: ReviewCreate,
    session: RequestSession,
    by: Reviewer,
    seen: Annotated[int, Depends(expected_version)],
) -> Review:
    """
    Approve or return (审核) a submitted demand or supply; If-Match carries the ETag of what is reviewed.

    The supervising unit (业务主管单位) of a supply's organization may `comment` meanwhile, which decides nothing.
    """
    return await actions.review_subject(session, command=command, expected_version=seen, by=by, at=clock.now())


@router.get("/reviews", response_model=Page[ReviewRead])
async def list_reviews(
    session: RequestSession,
    by: ReviewReader,
    page: Annotated[PageRequest, Depends(page_request)],
    subject_id: Annotated[UUID | None, Query(description="The demand or supply")] = None,
) -> Slice[Review]:
    """List the reviews (审核记录) of what one sees all of, newest first."""
    return await ReviewRepository(session).list_page(visible_to=by, subject_id=subject_id, page=page)
