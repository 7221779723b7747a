"""HTTP of organizations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.registry.organizations import actions
from services.registry.organizations.models import EnrolmentStep
from services.registry.organizations.repository import OrganizationRepository
from services.registry.organizations.schemas import (
    EnrolmentChange,
    FundraiserChoice,
    OrganizationCreate,
    OrganizationFilter,
    OrganizationUpdate,
    OrganizationView,
    show_organization,
)
from services.registry.permissions import OrganizationKeeper, OrganizationReader
from shared import clock
from shared.contracts.codes import CreditStatus, EnrolmentStatus, OrganizationType
from shared.db import RequestSession
from shared.etags import expected_version, set_etag
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.paging import Page, PageRequest, page_request
from shared.schemas import DivisionCode

router = APIRouter(prefix="/registry/v1", tags=["organizations 社会组织"], route_class=IdempotentRoute)
Expected = Annotated[int, Depends(expected_version)]
NUL_FREE = r"^[^\x00]*$"


def organization_filter(
    name: Annotated[
        str | None, Query(min_length=1, max_length=100, pattern=NUL_FREE, description="Part of the name, or nearly so")
    ] = None,
    credit_code: Annotated[str | None, Query(pattern=r"^[0-9A-Z]{18}$", description="统一社会信用代码")] = None,
    type: Annotated[OrganizationType | None, Query()] = None,
    credit_status: Annotated[CreditStatus | None, Query()] = None,
    enrolment_status: Annotated[EnrolmentStatus | None, Query()] = None,
    source_number: Annotated[
        str | None, Query(max_length=100, pattern=NUL_FREE, description="机构编号 of the workbook")
    ] = None,
    division: Annotated[DivisionCode | None, Query(description="管理地: this division and all inside")] = None,
) -> OrganizationFilter:
    """Read the filters of the list; use it as a dependency."""
    return OrganizationFilter(name, credit_code, type, credit_status, enrolment_status, source_number, division)


@router.post("/organizations", status_code=201, dependencies=[RememberAnswer])
async def create_organization(
    command: OrganizationCreate, session: RequestSession, by: OrganizationKeeper, response: Response
) -> OrganizationView:
    """Put an organization (社会组织) on record; it takes part once it is activated."""
    organization = await actions.create_organization(session, command=command, by=by, today=clock.today())
    response.headers["Location"] = f"/registry/v1/organizations/{organization.id}"
    set_etag(response, organization)
    return show_organization(organization, to=by)


@router.get("/organizations")
async def list_organizations(
    session: RequestSession,
    by: OrganizationReader,
    wanted: Annotated[OrganizationFilter, Depends(organization_filter)],
    page: Annotated[PageRequest, Depends(page_request)],
) -> Page[OrganizationView]:
    """List the organizations you may see: your office's records, or the active ones' public profiles."""
    found = await OrganizationRepository(session).list(wanted, visible_to=by, page=page)
    items = [show_organization(one, to=by) for one in found.items]
    return Page(items=items, next_cursor=found.next_cursor, total=found.total)


@router.get("/organizations/{organization_id}")
async def read_organization(
    organization_id: UUID, session: RequestSession, by: OrganizationReader, response: Response
) -> OrganizationView:
    """Read an organization (社会组织); who keeps it, the province and itself see every field."""
    organization = await OrganizationRepository(session).get(organization_id, visible_to=by)
    set_etag(response, organization)
    return show_organization(organization, to=by)


@router.patch("/organizations/{organization_id}")
async def update_organization(
    organization_id: UUID,
    command: OrganizationUpdate,
    session: RequestSession,
    by: OrganizationKeeper,
    expected: Expected,
    response: Response,
) -> OrganizationView:
    """Change what is recorded of an organization (JSON merge patch)."""
    organization = await actions.update_organization(
        session,
        organization_id=organization_id,
        expected=expected,
        command=command,
        by=by,
        today=clock.today(),
        at=clock.now(),
    )
    set_etag(response, organization)
    return show_organization(organization, to=by)


@router.post("/organizations/{organization_id}/activate")
async def activate_organization(
    organization_id: UUID,
    session: RequestSession,
    by: OrganizationKeeper,
    expected: Expected,
    response: Response,
    command: EnrolmentChange | None = None,
) -> OrganizationView:
    """Let a pending or suspended organization take part (入驻)."""
    return await _take_step(EnrolmentStep.ACTIVATE, organization_id, session, by, expected, response, command)


@router.post("/organizations/{organization_id}/suspend")
async def suspend_organization(
    organization_id: UUID,
    session: RequestSession,
    by: OrganizationKeeper,
    expected: Expected,
    response: Response,
    command: EnrolmentChange | None = None,
) -> OrganizationView:
    """Suspend an active organization (暂停入驻)."""
    return await _take_step(EnrolmentStep.SUSPEND, organization_id, session, by, expected, response, command)


@router.post("/organizations/{organization_id}/leave")
async def leave_organization(
    organization_id: UUID,
    session: RequestSession,
    by: OrganizationKeeper,
    expected: Expected,
    response: Response,
    command: EnrolmentChange | None = None,
) -> OrganizationView:
    """End the enrolment of a suspended organization (退出); its record stays."""
    return await _take_step(EnrolmentStep.LEAVE, organization_id, session, by, expected, response, command)


@router.put("/organizations/{organization_id}/fundraiser")
async def choose_fundraiser(
    organization_id: UUID,
    command: FundraiserChoice,
    session: RequestSession,
    by: OrganizationKeeper,
    expected: Expected,
    response: Response,
) -> OrganizationView:
    """Name the cooperating fund-raiser (合作募捐方), which must itself be on record."""
    organization = await actions.choose_fundraiser(
        session,
        organization_id=organization_id,
        fundraiser_id=command.fundraiser_id,
        expected=expected,
        by=by,
        at=clock.now(),
    )
    set_etag(response, organization)
    return show_organization(organization, to=by)


async def _take_step(
    step: EnrolmentStep,
    organization_id: UUID,
    session: RequestSession,
    by: OrganizationKeeper,
    expected: int,
    response: Response,
    command: EnrolmentChange | None,
) -> OrganizationView:
    organization = await actions.change_enrolment(
        session,
        organization_id=organization_id,
        step=step,
        expected=expected,
        reason=command.reason if command else None,
        by=by,
        at=clock.now(),
    )
    set_etag(response, organization)
    return show_organization(organization, to=by)
