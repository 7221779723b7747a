"""Who follows a link sees one pairing, asks for a code, and answers with it."""

from dataclasses import dataclass
from datetime import date, datetime

from services.matching.answer_links.errors import NothingToAnswer
from services.matching.answer_links.models import ANSWERS, AnswerLink, code_of, find_question
from services.matching.answer_links.repository import AnswerLinkRepository
from services.matching.answer_links.schemas.links import AskedByLink, LinkAnswerCreate, show_asked
from services.matching.pairings.actions.answering import answer_pairing
from services.matching.pairings.models import Pairing
from services.matching.pairings.repository import PairingRepository
from services.matching.pairings.schemas import AnswerCreate
from shared.auth.principals import Principal
from shared.db import Session, whole_platform
from shared.jobs import enqueue
from shared.sealing import Sealer

SEND_ANSWER_CODE = "send_answer_code"


@dataclass(frozen=True)
class Proof:
    """Whether the code of a try was right, and who answers then."""

    is_right: bool
    speaker: Principal


async def read_answer_link(session: Session, *, token: str, sealer: Sealer, at: datetime) -> AskedByLink:
    """
    Return what the link of a token asks.

    :raises AnswerLinkNotValid: if there is none that is still good
    """
    async with whole_platform(session):  # whoever follows the link has no account
        link, pairing = await _follow(session, token, sealer, at)
        return show_asked(link, pairing, is_open=find_question(pairing, link.side) is link.question)


async def ask_answer_code(session: Session, *, token: str, sealer: Sealer, at: datetime) -> None:
    """
    Have a code sent to the registered contact of the side; whether there is one is not told.

    :raises AnswerLinkNotValid: if there is no link that is still good
    :raises CodeAskedTooOften: if one was asked for a moment ago, or as often as may be
    """
    async with whole_platform(session):
        link, _pairing = await _follow(session, token, sealer, at, for_update=True)
        link.ask_for_code(at=at)
        payload = {"link_id": str(link.id), "asked": link.codes_asked}
        await enqueue(session, SEND_ANSWER_CODE, payload, once=f"code {link.id} {link.codes_asked}")


async def try_answer_code(session: Session, *, token: str, code: str, sealer: Sealer, at: datetime) -> Proof:
    """
    Count a try of a code and tell whether it was right; the count must be committed whatever follows.

    :raises AnswerLinkNotValid: if there is no link that is still good
    """
    async with whole_platform(session):
        link, pairing = await _follow(session, token, sealer, at, for_update=True)
        return Proof(_is_right(link, code, sealer, expected=link.take_try(at=at)), link.speaker(pairing))


async def answer_by_link(
    session: Session,
    *,
    token: str,
    command: LinkAnswerCreate,
    by: Principal,
    sealer: Sealer,
    today: date,
    at: datetime,
) -> Pairing:
    """
    Answer for the side whose code was right, and use the link up; ``by`` is who answers, as the try told.

    :raises AnswerLinkNotValid: if it was used meanwhile
    :raises NothingToAnswer: if the question is settled, or this is no answer to it
    :raises PairingStateForbids: if the pairing takes no answer, and whatever else :func:`answer_pairing` refuses
    """
    repository = AnswerLinkRepository(session)
    async with whole_platform(session):
        # The pairing's row first, as everywhere: who makes another link holds it, and then the links.
        found = await repository.get_by_hash(sealer.hash(token))
        pairing = await PairingRepository(session).get_for_worker(found.pairing_id, for_update=True)
        link = await repository.get_by_hash(sealer.hash(token), for_update=True)
        link.check_live(at=at)
        settled = find_question(pairing, link.side) is not link.question
        if settled or command.answer not in ANSWERS[link.question]:
            raise NothingToAnswer(pointer="/answer")
        side = link.side
        link.use(at=at)
    given = AnswerCreate(side=side, answer=command.answer, reason=command.reason)
    return await answer_pairing(session, pairing_id=pairing.id, command=given, by=by, today=today, at=at)


async def _follow(
    session: Session, token: str, sealer: Sealer, at: datetime, *, for_update: bool = False
) -> tuple[AnswerLink, Pairing]:
    link = await AnswerLinkRepository(session).get_by_hash(sealer.hash(token), for_update=for_update)
    link.check_live(at=at)
    return link, await PairingRepository(session).get_for_worker(link.pairing_id)


def _is_right(link: AnswerLink, code: str, sealer: Sealer, *, expected: str) -> bool:
    return sealer.matches(code_of(link.id, code), expected)
