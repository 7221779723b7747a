"""HTTP of qualifications."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.registry.organizations.repository import OrganizationRepository
from services.registry.organizations.schemas import sees_fully
from services.registry.permissions import OrganizationReader, QualificationReviewer, QualificationSubmitter
from services.registry.qualifications import actions
from services.registry.qualifications.models import Qualification, QualificationStep
from services.registry.qualifications.repository import QualificationRepository
from services.registry.qualifications.schemas import QualificationCreate, QualificationRead, QualificationReview
from shared import clock
from shared.db import RequestSession
from shared.etags import expected_version, set_etag
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.paging import Page, PageRequest, page_request

router = APIRouter(prefix="/registry/v1", tags=["qualifications 资质"], route_class=IdempotentRoute)
Expected = Annotated[int, Depends(expected_version)]


@router.post(
    "/organizations/{organization_id}/qualifications",
    status_code=201,
    dependencies=[RememberAnswer],
    response_model=QualificationRead,
)
async def submit_qualification(
    organization_id: UUID,
    command: QualificationCreate,
    response: Response,
    session: RequestSession,
    by: QualificationSubmitter,
) -> Qualification:
    """Submit a qualification (资质) with its evidence; another officer reviews it."""
    qualification = await actions.submit_qualification(
        session, organization_id=organization_id, command=command, by=by, today=clock.today(), at=clock.now()
    )
    set_etag(response, qualification)
    return qualification


@router.get("/organizations/{organization_id}/qualifications")
async def list_qualifications(
    organization_id: UUID,
    session: RequestSession,
    by: OrganizationReader,
    page: Annotated[PageRequest, Depends(page_request)],
) -> Page[QualificationRead]:
    """List an organization's qualifications; the public sees the verified ones without their evidence."""
    organization = await OrganizationRepository(session).get(organization_id, visible_to=by)
    fully = sees_fully(by, organization)
    found = await QualificationRepository(session).list_of(organization_id, only_verified=not fully, page=page)
    items = [QualificationRead.model_validate(one) for one in found.items]
    if not fully:
        items = [one.model_copy(update={"evidence": None, "review_note": None}) for one in items]
    return Page(items=items, next_cursor=found.next_cursor, total=found.total)


@router.post("/qualifications/{qualification_id}/verify", response_model=QualificationRead)
async def verify_qualification(
    qualification_id: UUID,
    session: RequestSession,
    by: QualificationReviewer,
    expected: Expected,
    response: Response,
    command: QualificationReview | None = None,
) -> Qualification:
    """Verify a submitted qualification (核验通过)."""
    return await _review(QualificationStep.VERIFY, qualification_id, session, by, expected, response, command)


@router.post("/qualifications/{qualification_id}/reject", response_model=QualificationRead)
async def reject_qualification(
    qualification_id: UUID,
    session: RequestSession,
    by: QualificationReviewer,
    expected: Expected,
    response: Response,
    command: QualificationReview | None = None,
) -> Qualification:
    """Reject a submitted qualification (核验不通过)."""
    return await _review(QualificationStep.REJECT, qualification_id, session, by, expected, response, command)


@router.post("/qualifications/{qualification_id}/revoke", response_model=QualificationRead)
async def revoke_qualification(
    qualification_id: UUID,
    session: RequestSession,
    by: QualificationReviewer,
    expected: Expected,
    response: Response,
    command: QualificationReview | None = None,
) -> Qualification:
    """Record that a verified qualification was revoked (撤销、吊销)."""
    return await _review(QualificationStep.REVOKE, qualification_id, session, by, expected, response, command)


async def _review(
    step: QualificationStep,
    qualification_id: UUID,
    session: RequestSession,
    by: QualificationReviewer,
    expected: int,
    response: Response,
    command: QualificationReview | None,
) -> Qualification:
    qualification = await actions.review_qualification(
        session,
        qualification_id=qualification_id,
        step=step,
        note=command.note if command else None,
        expected=expected,
        by=by,
        today=clock.today(),
        at=clock.now(),
    )
    set_etag(response, qualification)
    return qualification
