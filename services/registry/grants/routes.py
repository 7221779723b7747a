"""HTTP of grants."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from services.registry.grants import actions
from services.registry.grants.repository import GrantRepository
from services.registry.grants.schemas import GrantCreate, GrantRead, show_grant
from services.registry.permissions import GrantMaker, GrantReader, GrantRevoker
from shared import clock
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.paging import Page, PageRequest, page_request

router = APIRouter(prefix="/registry/v1", tags=["grants 授权"], route_class=IdempotentRoute)


@router.post("/grants", status_code=201, dependencies=[RememberAnswer])
async def create_grant(command: GrantCreate, request: Request, session: RequestSession, by: GrantMaker) -> GrantRead:
    """Let a partner application (合作应用) act for your organization or office, in named scopes and for a time."""
    grant = await actions.create_grant(
        session, command=command, by=by, most_days=request.app.state.settings.grant_days, at=clock.now()
    )
    return show_grant(grant, to=by)


@router.get("/grants")
async def list_grants(
    session: RequestSession, by: GrantReader, page: Annotated[PageRequest, Depends(page_request)]
) -> Page[GrantRead]:
    """List the grants (授权) of your organization or office; as an application, those that were made to you."""
    found = await GrantRepository(session).list_page(visible_to=by, page=page)
    items = [show_grant(grant, to=by) for grant in found.items]
    return Page(items=items, next_cursor=found.next_cursor, total=found.total)


@router.post("/grants/{grant_id}/revoke")
async def revoke_grant(grant_id: UUID, session: RequestSession, by: GrantRevoker) -> GrantRead:
    """End a grant (撤销授权); the application's tokens under it are refused within a minute, and pushes to it stop."""
    grant = await actions.revoke_grant(session, grant_id=grant_id, by=by, at=clock.now())
    return show_grant(grant, to=by)
