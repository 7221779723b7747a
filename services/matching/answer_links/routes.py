"""HTTP of answer links: an office makes them, and who follows one needs no account."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import HTMLResponse

from services.matching.answer_links.actions import following, making
from services.matching.answer_links.errors import CodeNotRight
from services.matching.answer_links.schemas.links import (
    AnsweredByLink,
    AnswerLinkCreate,
    AnswerLinkRead,
    AnswerLinkShown,
    AskedByLink,
    CodeAsked,
    LinkAnswerCreate,
    show_link,
)
from services.matching.answer_links.schemas.page import (
    CHOICE_PATTERN,
    CODE_PATTERN,
    CODE_SENT,
    draw_answered,
    draw_asked,
    draw_refused,
)
from services.matching.candidates.schemas.candidates import Told
from services.matching.inbox.errors import MailNotSetUp
from services.matching.pages import HEADERS
from services.matching.permissions import AnswerLinkMaker
from shared import clock
from shared.contracts.codes import Answer, DeclineReason
from shared.db import RequestSession
from shared.errors import DomainError
from shared.idempotency import IdempotentRoute, RememberAnswer

router = APIRouter(prefix="/matching/v1", tags=["answer links 答复链接"], route_class=IdempotentRoute)
Token = Annotated[str, Path(max_length=100, description="As it stands in the link")]
CODE_WRONG: dict[int | str, dict[str, Any]] = {"403": {"$ref": "#/components/responses/Problem403"}}
PAGES_OF_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": "A page that says why, or a problem document · 页面或问题文档",
        "content": {
            "text/html": {"schema": {"type": "string"}},
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
        },
    }
    for status in ("403", "404", "409", "422", "429")
}


@router.post("/pairings/{pairing_id}/answer-links", status_code=201, dependencies=[RememberAnswer])
async def make_answer_link(
    pairing_id: UUID, command: AnswerLinkCreate, request: Request, session: RequestSession, by: AnswerLinkMaker
) -> AnswerLinkShown:
    """
    Make a link (答复链接), and its QR code (二维码), by which a side without an account answers what it is asked now.

    It is good once and for a time. Its holder sees this one pairing, and answers with a code that goes to the side's
    registered contact alone; you never see the code. An earlier link for the same side ends.
    """
    settings = request.app.state.settings
    if not settings.sends_mail:
        raise MailNotSetUp
    link, token = await making.make_answer_link(
        session,
        pairing_id=pairing_id,
        side=command.side,
        by=by,
        sealer=request.app.state.sealer,
        lives=timedelta(hours=settings.answer_link_hours),
        at=clock.now(),
    )
    return show_link(link, token=token, public_url=settings.public_url)


@router.get("/pairings/{pairing_id}/answer-links")
async def list_answer_links(pairing_id: UUID, session: RequestSession, by: AnswerLinkMaker) -> list[AnswerLinkRead]:
    """List the answer links (答复链接) of a pairing, the newest first: used, revoked, or not to be delivered."""
    found = await making.list_answer_links(session, pairing_id=pairing_id, by=by)
    return [AnswerLinkRead.model_validate(one) for one in found]


@router.delete("/pairings/{pairing_id}/answer-links/{link_id}", status_code=204, response_class=Response)
async def revoke_answer_link(pairing_id: UUID, link_id: UUID, session: RequestSession, by: AnswerLinkMaker) -> None:
    """Revoke an answer link (撤销答复链接); it leads nowhere at once."""
    await making.revoke_answer_link(session, pairing_id=pairing_id, link_id=link_id, by=by, at=clock.now())


@router.get("/answer-links/{token}")
async def read_answer_link(token: Token, request: Request, session: RequestSession) -> AskedByLink:
    """Read what a link asks (查看待答复的对接): one pairing, what may be answered, until when; of a person nothing."""
    return await following.read_answer_link(session, token=token, sealer=request.app.state.sealer, at=clock.now())


@router.post("/answer-links/{token}/code", status_code=202)
async def ask_answer_code(token: Token, request: Request, session: RequestSession) -> CodeAsked:
    """Ask for a code (获取验证码): it goes to the registered contact of the side, if one is kept; that is not told."""
    await following.ask_answer_code(session, token=token, sealer=request.app.state.sealer, at=clock.now())
    return CodeAsked(told=Told(zh=CODE_SENT.zh, en=CODE_SENT.en))


@router.post("/answer-links/{token}/answer", responses=CODE_WRONG)
async def answer_by_link(token: Token, command: LinkAnswerCreate, request: Request) -> AnsweredByLink:
    """Answer (答复) with the code; the link is used up by it. Five tries a code, three codes a link."""
    return await _answer(token, command, request)


@router.get("/answer-links/{token}/page", response_class=HTMLResponse, responses=PAGES_OF_REFUSALS)
async def show_answer_page(token: Token, request: Request) -> HTMLResponse:
    """Show the page to which a link leads; opening it changes nothing."""
    return await _draw(request, _draw_asked(token, request))


@router.post("/answer-links/{token}/page/code", response_class=HTMLResponse, responses=PAGES_OF_REFUSALS)
async def ask_code_on_page(token: Token, request: Request) -> HTMLResponse:
    """Ask for a code (获取验证码) by the button of the page."""

    async def work() -> str:
        async with request.app.state.database.transaction(request=request) as session:
            await following.ask_answer_code(session, token=token, sealer=request.app.state.sealer, at=clock.now())
        return await _draw_asked(token, request, code_sent=True)

    return await _draw(request, work())


@router.post("/answer-links/{token}/page", response_class=HTMLResponse, responses=PAGES_OF_REFUSALS)
async def answer_on_page(
    token: Token,
    request: Request,
    code: Annotated[str, Form(pattern=CODE_PATTERN)],
    choice: Annotated[str, Form(pattern=CHOICE_PATTERN)],
) -> HTMLResponse:
    """Answer (答复) with the code by the form of the page."""
    answer, _, reason = choice.partition(" ")
    command = LinkAnswerCreate(code=code, answer=Answer(answer), reason=DeclineReason(reason) if reason else None)

    async def work() -> str:
        return draw_answered(await _answer(token, command, request))

    return await _draw(request, work())


async def _draw(request: Request, work: Awaitable[str]) -> HTMLResponse:
    """Return a page, also of what is refused."""
    try:
        return HTMLResponse(await work, headers=HEADERS)
    except DomainError as error:
        request.state.problem = error.slug()  # for the audit log
        return HTMLResponse(draw_refused(error), status_code=error.status, headers=HEADERS)


async def _draw_asked(token: str, request: Request, *, code_sent: bool = False) -> str:
    async with request.app.state.database.transaction(request=request) as session:
        sealer = request.app.state.sealer
        asked = await following.read_answer_link(session, token=token, sealer=sealer, at=clock.now())
    below = urlsplit(request.app.state.settings.public_url).path.rstrip("/")
    return draw_asked(asked, page=f"{below}/matching/v1/answer-links/{token}/page", code_sent=code_sent)


async def _answer(token: str, command: LinkAnswerCreate, request: Request) -> AnsweredByLink:
    """Take a try in a transaction of its own, so that it counts, and answer in another as the side itself."""
    database, sealer = request.app.state.database, request.app.state.sealer
    async with database.transaction(request=request) as session:
        proof = await following.try_answer_code(session, token=token, code=command.code, sealer=sealer, at=clock.now())
    if not proof.is_right:
        raise CodeNotRight(pointer="/code")
    # From here on row-level security and the audit log know the request as the side's, by this link.
    request.state.principal = proof.speaker
    async with database.transaction(request=request) as session:
        pairing = await following.answer_by_link(
            session,
            token=token,
            command=command,
            by=proof.speaker,
            sealer=sealer,
            today=clock.today(),
            at=clock.now(),
        )
    return AnsweredByLink(answer=command.answer, status=pairing.status)
