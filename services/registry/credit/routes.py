"""HTTP of credit standing, annual checks and assessments."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from services.registry.credit import actions
from services.registry.credit.models import SupervisionKind, SupervisionRecord
from services.registry.credit.repository import SupervisionRepository
from services.registry.credit.schemas import AnnualCheckPut, AssessmentPut, CreditStandingPut, SupervisionRecordRead
from services.registry.organizations.errors import OrganizationNotFound
from services.registry.organizations.repository import OrganizationRepository
from services.registry.organizations.schemas import OrganizationView, sees_fully, show_organization
from services.registry.permissions import OrganizationReader, SupervisionKeeper
from shared import clock
from shared.db import RequestSession
from shared.etags import expected_version, set_etag
from shared.idempotency import IdempotentRoute
from shared.paging import Page, PageRequest, Slice, page_request

router = APIRouter(prefix="/registry/v1", tags=["credit 监督与信用"], route_class=IdempotentRoute)
Expected = Annotated[int, Depends(expected_version)]


@router.put("/organizations/{organization_id}/credit-standing")
async def record_credit_standing(
    organization_id: UUID,
    command: CreditStandingPut,
    session: RequestSession,
    by: SupervisionKeeper,
    expected: Expected,
    response: Response,
) -> OrganizationView:
    """Record the credit standing (信用状态): normal, abnormal list or seriously illegal list."""
    organization = await actions.record_credit_standing(
        session,
        organization_id=organization_id,
        command=command,
        expected=expected,
        by=by,
        today=clock.today(),
        at=clock.now(),
    )
    set_etag(response, organization)
    return show_organization(organization, to=by)


@router.put("/organizations/{organization_id}/annual-checks/{year}")
async def record_annual_check(
    organization_id: UUID,
    year: Annotated[int, Path(ge=1990, le=2100)],
    command: AnnualCheckPut,
    session: RequestSession,
    by: SupervisionKeeper,
    expected: Expected,
    response: Response,
) -> OrganizationView:
    """Record the annual check or report (年检/年报) of a year."""
    organization = await actions.record_annual_check(
        session,
        organization_id=organization_id,
        year=year,
        command=command,
        expected=expected,
        by=by,
        today=clock.today(),
        at=clock.now(),
    )
    set_etag(response, organization)
    return show_organization(organization, to=by)


@router.put("/organizations/{organization_id}/assessment")
async def record_assessment(
    organization_id: UUID,
    command: AssessmentPut,
    session: RequestSession,
    by: SupervisionKeeper,
    expected: Expected,
    response: Response,
) -> OrganizationView:
    """Record the assessment (评估等级), 1A to 5A, with its last valid day."""
    organization = await actions.record_assessment(
        session,
        organization_id=organization_id,
        command=command,
        expected=expected,
        by=by,
        today=clock.today(),
        at=clock.now(),
    )
    set_etag(response, organization)
    return show_organization(organization, to=by)


@router.get("/organizations/{organization_id}/supervision-records", response_model=Page[SupervisionRecordRead])
async def list_supervision_records(
    organization_id: UUID,
    session: RequestSession,
    by: OrganizationReader,
    page: Annotated[PageRequest, Depends(page_request)],
    kind: Annotated[SupervisionKind | None, Query()] = None,
) -> Slice[SupervisionRecord]:
    """List what was recorded, the newest first (监督管理记录); for its office, the province and itself."""
    organization = await OrganizationRepository(session).get(organization_id, visible_to=by)
    if not sees_fully(by, organization):
        raise OrganizationNotFound(pointer="path/organization_id")
    return await SupervisionRepository(session).list_of(organization_id, kind=kind, page=page)
