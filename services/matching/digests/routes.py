"""HTTP of digests: who keeps the receivers, and the links by which a receiver chooses for itself."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse

from services.matching.digests.actions import choosing, keeping
from services.matching.digests.actions.links import DigestLinks
from services.matching.digests.models import DigestRecipient
from services.matching.digests.repository import DigestRepository
from services.matching.digests.schemas import DigestRecipientCreate, DigestRecipientRead, DigestRecipientUpdate
from services.matching.inbox.errors import MailNotSetUp
from services.matching.pages import HEADERS, ask, render_page, say
from services.matching.permissions import DigestKeeper
from shared import clock
from shared.db import RequestSession
from shared.errors import Text
from shared.etags import expected_version, set_etag
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.paging import Page, PageRequest, Slice, page_request

router = APIRouter(prefix="/matching/v1", tags=["digests 待办摘要"], route_class=IdempotentRoute)
Token = Annotated[str, Path(max_length=200, description="As it stands in the e-mail")]
CONFIRM = Text("接收乡桥待办摘要", "Receive digests of open questions")
UNSUBSCRIBE = Text("退订乡桥待办摘要", "Receive no digests any more")
CONFIRMED = Text("已确认,今后按所选频率发送待办摘要。", "Done: digests will come as often as was chosen.")
UNSUBSCRIBED = Text("已退订,不再发送。", "Done: nothing more will be sent.")


def links_of(request: Request) -> DigestLinks:
    """Return what reads the links."""
    return DigestLinks(request.app.state.settings.public_url, request.app.state.sealer)


Links = Annotated[DigestLinks, Depends(links_of)]


@router.post("/digest-recipients", status_code=201, dependencies=[RememberAnswer], response_model=DigestRecipientRead)
async def add_digest_recipient(
    command: DigestRecipientCreate, request: Request, response: Response, session: RequestSession, by: DigestKeeper
) -> DigestRecipient:
    """
    Add a receiver of digests (摘要接收人) of your inbox; it gets an e-mail and must agree before any digest is sent.

    One message tells of all open questions; none is sent when nothing is open, nothing has changed since the last one,
    on days off, and in the quiet hours.
    """
    if not request.app.state.settings.sends_mail:
        raise MailNotSetUp
    recipient = await keeping.add_digest_recipient(
        session,
        command=command,
        by=by,
        sealer=request.app.state.sealer,
        most=request.app.state.settings.digest_recipients_per_owner,
    )
    response.headers["Location"] = f"/matching/v1/digest-recipients/{recipient.id}"
    set_etag(response, recipient)
    return recipient


@router.get("/digest-recipients", response_model=Page[DigestRecipientRead])
async def list_digest_recipients(
    session: RequestSession, by: DigestKeeper, page: Annotated[PageRequest, Depends(page_request)]
) -> Slice[DigestRecipient]:
    """List your own receivers of digests (摘要接收人), the newest first."""
    return await DigestRepository(session).list_recipients(visible_to=by, page=page)


@router.get("/digest-recipients/{recipient_id}", response_model=DigestRecipientRead)
async def read_digest_recipient(
    recipient_id: UUID, response: Response, session: RequestSession, by: DigestKeeper
) -> DigestRecipient:
    """Read a receiver of digests (摘要接收人) of your own."""
    recipient = await DigestRepository(session).get_recipient(recipient_id, visible_to=by)
    set_etag(response, recipient)
    return recipient


@router.patch("/digest-recipients/{recipient_id}", response_model=DigestRecipientRead)
async def change_digest_recipient(
    recipient_id: UUID,
    command: DigestRecipientUpdate,
    response: Response,
    session: RequestSession,
    by: DigestKeeper,
    version: Annotated[int, Depends(expected_version)],
) -> DigestRecipient:
    """Change how often and when a receiver gets digests; who had unsubscribed (退订) is asked again first."""
    recipient = await keeping.change_digest_recipient(
        session, recipient_id=recipient_id, command=command, expected_version=version, by=by
    )
    set_etag(response, recipient)
    return recipient


@router.delete("/digest-recipients/{recipient_id}", status_code=204, response_class=Response)
async def delete_digest_recipient(recipient_id: UUID, session: RequestSession, by: DigestKeeper) -> None:
    """Delete a receiver of digests (摘要接收人) of your own, and its address."""
    await keeping.delete_digest_recipient(session, recipient_id=recipient_id, by=by, at=clock.now())


@router.get("/digest-recipients/confirm/{token}", response_class=HTMLResponse)
async def show_confirmation(token: Token, session: RequestSession, links: Links) -> HTMLResponse:
    """Show the page on which a receiver agrees (确认接收); opening it changes nothing."""
    recipient_id, confirmation = links.read_confirm(token)
    recipient = await choosing.read_by_link(session, recipient_id=recipient_id, confirmation=confirmation)
    return _page(CONFIRM, say(Text(recipient.email_masked or "", "")), ask(Text("同意接收", "I want them")))


@router.post("/digest-recipients/confirm/{token}", response_class=HTMLResponse)
async def confirm_digests(token: Token, request: Request, session: RequestSession, links: Links) -> HTMLResponse:
    """Agree to receive digests (确认接收), as the link in the e-mail lets one."""
    recipient_id, confirmation = links.read_confirm(token)
    request.state.token_given_to = f"digest-recipient:{recipient_id}"
    await choosing.confirm_digests(session, recipient_id=recipient_id, confirmation=confirmation, at=clock.now())
    return _page(CONFIRM, say(CONFIRMED))


@router.get("/digest-recipients/unsubscribe/{token}", response_class=HTMLResponse)
async def show_unsubscription(token: Token, session: RequestSession, links: Links) -> HTMLResponse:
    """Show the page on which a receiver unsubscribes (退订); opening it changes nothing."""
    recipient_id = links.read_unsubscribe(token)
    recipient = await choosing.read_by_link(session, recipient_id=recipient_id)
    return _page(UNSUBSCRIBE, say(Text(recipient.email_masked or "", "")), ask(Text("退订", "Unsubscribe")))


@router.post("/digest-recipients/unsubscribe/{token}", response_class=HTMLResponse)
async def unsubscribe_digests(token: Token, request: Request, session: RequestSession, links: Links) -> HTMLResponse:
    """Unsubscribe (退订) at once, as the link in each digest lets one; mail programs do it by themselves (RFC 8058)."""
    recipient_id = links.read_unsubscribe(token)
    request.state.token_given_to = f"digest-recipient:{recipient_id}"
    await choosing.unsubscribe_digests(session, recipient_id=recipient_id, at=clock.now())
    return _page(UNSUBSCRIBE, say(UNSUBSCRIBED))


def _page(title: Text, *parts: str) -> HTMLResponse:
    return HTMLResponse(render_page(title, *parts), headers=HEADERS)
