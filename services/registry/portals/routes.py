"""HTTP of the log-in through portals."""

from datetime import timedelta

from fastapi import APIRouter, Depends, Request, Response

from services.registry.portals import actions
from services.registry.portals.errors import PortalNotFound
from services.registry.portals.schemas import PortalTokenRequest
from services.registry.tokens.routes import hand_out, take_scope
from services.registry.tokens.schemas import TokenAnswer
from shared import clock
from shared.db import RequestSession

router = APIRouter(prefix="/registry/v1", tags=["tokens 令牌"], dependencies=[Depends(take_scope)])


@router.post("/portal-tokens")
async def issue_portal_token(
    command: PortalTokenRequest, request: Request, response: Response, session: RequestSession
) -> TokenAnswer:
    """Exchange a ticket of a government service portal (政务服务网单点登录票据) for an organization's access token."""
    state = request.app.state
    portal = state.portals.get(command.portal)
    if portal is None:
        raise PortalNotFound(pointer="/portal")
    # The session has sent nothing yet, so that no transaction is open while the portal is asked.
    user = await portal.identify(command.ticket)
    given = await actions.issue_portal_token(
        session,
        portal=command.portal,
        user=user,
        issuer=state.common.issuer,
        life=timedelta(seconds=state.settings.token_seconds),
        sealer=state.sealer,
        at=clock.now(),
    )
    return await hand_out(session, given, request, response)
